//! Recognizes the row that names the columns of an edge list.

use super::line_format::HeadField;

/// Names of a column of sources or targets, in lower case, without blanks, `_`, `-` and `:`.
const END_NAMES: &str = "source target src tgt dst dest destination from to sourceid targetid srcid dstid fromid toid \
    startid endid fromnode tonode fromnodeid tonodeid sourcenode targetnode sourcenodeid targetnodeid follower \
    followee followed followerid followeeid followedid sender receiver recipient senderid receiverid recipientid \
    citing cited";
/// Further such names, which may be ids as well: a stem and a digit or a letter.
const NUMBERED_NAMES: &str =
    "node1 node2 nodea nodeb nodeid1 nodeid2 id1 id2 user1 user2 usera userb userid1 userid2";
/// Names of a column of targets and, below, of the sources that they go with.
const TARGETS_FIRST: &str = "target tgt dst dest destination to targetid dstid toid endid tonode tonodeid targetnode \
    targetnodeid followee followed followeeid followedid receiver recipient receiverid recipientid cited";
const SOURCES_SECOND: &str = "source src from sourceid srcid fromid startid fromnode fromnodeid sourcenode sourcenodeid \
    follower followerid sender senderid citing user userid";
/// Names of a column of nodes.
const NODE_NAMES: &str = "id node nodeid nodes vertex vertexid";
/// Names of a third column that is no weight.
const NO_WEIGHT_NAMES: &str = "id edgeid time times timestamp timestamps unixtime epoch date datetime day year at \
    createdat created type kind label name";

/// Whether `first` names the columns of the rows that begin with `second`.
///
/// Both names are known, or neither is a number but both ids below them are whole numbers. `first` is an edge all the
/// same if its third field is a number, if its names and the ids below them may all be hexadecimal numbers, or if a
/// name such as `user1` stands above an id such as `user7`.
pub(super) fn is_edge_header(first: &[HeadField<'_>], second: Option<&[HeadField<'_>]>) -> bool {
    let [source, target, ..] = first else { return false };
    if first.get(2).is_some_and(HeadField::is_number) {
        return false;
    }
    let names = [source, target];
    let ids = second.and_then(|second| second.get(..2)).unwrap_or_default();
    let is_known = |name: &HeadField<'_>| is_end_name(name, ids);
    let is_word = |name: &HeadField<'_>| !name.text.is_empty() && !name.is_number() && !name.is_integer();
    let are_hexadecimal = names.into_iter().chain(ids).all(HeadField::is_hexadecimal);
    let is_above_numbers = !ids.is_empty() && ids.iter().all(HeadField::is_integer) && !are_hexadecimal;
    names.into_iter().all(is_known) || names.into_iter().all(is_word) && is_above_numbers
}

/// Whether a name is known and is no id like `ids`, the ids of the row below.
fn is_end_name(name: &HeadField<'_>, ids: &[HeadField<'_>]) -> bool {
    let has_stem = |id: &HeadField<'_>, stem: &[u8]| {
        let id = plain(id);
        let rest = id.strip_prefix(stem).unwrap_or_default();
        matches!(rest, [byte] if byte.is_ascii_alphanumeric())
            || !rest.is_empty() && rest.iter().all(u8::is_ascii_digit)
    };
    match &plain(name)[..] {
        [stem @ .., _] if is_one_of(name, NUMBERED_NAMES) => {
            !ids.is_empty() && !ids.iter().any(|id| has_stem(id, stem))
        }
        _ => is_one_of(name, END_NAMES),
    }
}

/// Whether a header names the targets before the sources.
pub(super) fn is_reversed(names: &[HeadField<'_>]) -> bool {
    matches!(names, [first, second, ..] if is_one_of(first, TARGETS_FIRST) && is_one_of(second, SOURCES_SECOND))
}

/// Whether the first row of a file of nodes names its columns.
pub(super) fn is_node_header(first: &[HeadField<'_>]) -> bool {
    first.first().is_some_and(|name| is_one_of(name, NODE_NAMES))
}

/// Whether a third column of this name holds something else than weights.
pub(super) fn is_no_weight(name: &HeadField<'_>) -> bool {
    [NO_WEIGHT_NAMES, END_NAMES, NUMBERED_NAMES].iter().any(|names| is_one_of(name, names))
}

fn is_one_of(field: &HeadField<'_>, names: &str) -> bool {
    let name = plain(field);
    names.split_ascii_whitespace().any(|known| known.as_bytes() == name)
}

/// The text of a field in lower case, without blanks, `_`, `-` and `:`.
fn plain(field: &HeadField<'_>) -> Vec<u8> {
    field.text.iter().filter(|byte| !b" \t_-:".contains(byte)).map(u8::to_ascii_lowercase).collect()
}
