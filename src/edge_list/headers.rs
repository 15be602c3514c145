//! Recognizes the row that names the columns of an edge list.

use super::line_format::HeadField;

/// Names of a column of sources or targets, in lower case, without blanks, `_`, `-` and `:`.
const END_NAMES: &str = "source target src tgt dst dest destination from to sourceid targetid srcid dstid fromid toid \
    startid endid fromnode tonode fromnodeid tonodeid sourcenode targetnode sourcenodeid targetnodeid node1 node2 \
    nodea nodeb nodeid1 nodeid2 id1 id2 user1 user2 usera userb userid1 userid2 follower followee followed followerid \
    followeeid followedid sender receiver recipient senderid receiverid recipientid citing cited";
/// Names of a column of nodes.
const NODE_NAMES: &str = "id node nodeid nodes vertex vertexid";
/// Names of a third column that is no weight.
const NO_WEIGHT_NAMES: &str = "id edgeid time times timestamp timestamps unixtime epoch date datetime day year at \
    createdat created type kind label name";

/// Whether `first` names the columns of the rows that begin with `second`: both names are known, or neither of them is
/// a number but both ids below them are.
pub(super) fn is_edge_header(first: &[HeadField<'_>], second: Option<&[HeadField<'_>]>) -> bool {
    let [source, target, ..] = first else { return false };
    let is_name = |field: &HeadField<'_>| !field.text.is_empty() && !field.is_integer();
    let are_numbers =
        |second: &[HeadField<'_>]| second.len() > 1 && second[..2].iter().all(HeadField::is_integer);
    is_one_of(source, END_NAMES) && is_one_of(target, END_NAMES)
        || is_name(source) && is_name(target) && second.is_some_and(are_numbers)
}

/// Whether the first row of a file of nodes names its columns.
pub(super) fn is_node_header(first: &[HeadField<'_>]) -> bool {
    first.first().is_some_and(|name| is_one_of(name, NODE_NAMES))
}

/// Whether a third column of this name holds something else than weights.
pub(super) fn is_no_weight(name: &HeadField<'_>) -> bool {
    is_one_of(name, NO_WEIGHT_NAMES) || is_one_of(name, END_NAMES)
}

fn is_one_of(field: &HeadField<'_>, names: &str) -> bool {
    let kept = field.text.iter().filter(|byte| !b" \t_-:".contains(byte));
    let name: Vec<u8> = kept.map(u8::to_ascii_lowercase).collect();
    names.split_ascii_whitespace().any(|known| known.as_bytes() == name)
}
