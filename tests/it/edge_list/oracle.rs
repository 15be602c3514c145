//! A simple reader of edge lists that goes line by line. Its rules are those of `read_edge_list` for files whose ids
//! hold blanks, `;` and `|` in quotes only.

/// What the reader read.
#[derive(Debug)]
pub(super) struct OracleList {
    pub(super) edges: Vec<(String, String)>,
    pub(super) weights: Option<Vec<f64>>,
    pub(super) by_appearance: Vec<String>,
    /// The line of the header of the file of edges.
    pub(super) header: Option<u64>,
    /// How many comments stand behind the first edge, and behind the first node.
    pub(super) comments: [u64; 2],
}

/// A bad line: its number, column and reason.
pub(super) type Bad = (u64, u64, String);

#[derive(Clone, Copy)]
struct OracleLine<'a> {
    number: u64,
    bytes: &'a [u8],
}

/// A field: where its text starts, and its text. Quotes are taken off; they must be in order.
type OracleField<'a> = (usize, &'a [u8]);

/// The rows of a text, and the numbers of the lines that are comments.
fn lines(content: &[u8]) -> (Vec<OracleLine<'_>>, Vec<u64>) {
    let text = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let (mut rows, mut comments) = (Vec::new(), Vec::new());
    for (number, bytes) in (1..).zip(text.split(|&byte| byte == b'\n')) {
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.starts_with(b"#") || bytes.starts_with(b"%") {
            comments.push(number);
        } else if bytes.iter().any(|byte| !b" \t".contains(byte)) {
            rows.push(OracleLine { number, bytes });
        }
    }
    (rows, comments)
}

fn fields(line: &[u8], delimiter: Option<u8>) -> Vec<OracleField<'_>> {
    let separates = |byte: u8| delimiter.map_or(b" \t".contains(&byte), |delimiter| byte == delimiter);
    let mut fields = Vec::new();
    let mut start = 0;
    while start <= line.len() {
        let mut end = start;
        let is_quoted = line.get(start) == Some(&b'"');
        let mut is_open = false;
        while end < line.len() && (is_open || !separates(line[end])) {
            is_open ^= is_quoted && line[end] == b'"';
            end += 1;
        }
        if is_quoted {
            fields.push((start + 1, &line[start + 1..end - 1]));
        } else if delimiter.is_some() || end > start {
            fields.push((start, &line[start..end]));
        }
        start = end + 1;
    }
    fields
}

/// The first of tab and comma outside quotes, which open at the start of the line or behind a separator.
fn delimiter_of(first_line: &[u8], otherwise: Option<u8>) -> Option<u8> {
    let (mut outside, mut is_open, mut before) = (Vec::new(), false, b' ');
    for &byte in first_line {
        if byte == b'"' && (is_open || b" \t,".contains(&before)) {
            is_open = !is_open;
        } else if !is_open {
            outside.push(byte);
        }
        before = byte;
    }
    [b'\t', b','].into_iter().find(|byte| outside.contains(byte)).or(otherwise)
}

fn text<'a>(line: OracleLine<'_>, (start, bytes): OracleField<'a>) -> Result<&'a str, Bad> {
    std::str::from_utf8(bytes).map_err(|error| {
        (line.number, (start + error.valid_up_to()) as u64 + 1, "the text is not UTF-8".to_owned())
    })
}

fn id(line: OracleLine<'_>, field: OracleField<'_>) -> Result<String, Bad> {
    let bad = |why: &str| Err((line.number, field.0 as u64 + 1, why.to_owned()));
    if field.1.windows(2).any(|two| two == b"\"\"") {
        return bad("an id holds a doubled quote, which stands for one quote");
    }
    let id = text(line, field)?.trim_matches([' ', '\t']);
    if id.is_empty() { bad("the id is empty") } else { Ok(id.to_owned()) }
}

/// The fields of a row without blanks around them.
fn texts(row: OracleLine<'_>, delimiter: Option<u8>) -> Vec<String> {
    let text = |(_, text): &OracleField<'_>| String::from_utf8_lossy(text.trim_ascii()).into_owned();
    fields(row.bytes, delimiter).iter().map(text).collect()
}

fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.chars().all(|letter| letter.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    is_whole(text) || text.replace(',', ".").parse::<f64>().is_ok_and(f64::is_finite)
}

/// Whether the first row is a header. Of the known names, the tests have `source`, `Target`, `from`, `to` and `user1`,
/// `USER_2`.
fn has_header(rows: &[OracleLine<'_>], delimiter: Option<u8>) -> bool {
    let [first, below @ ..] = rows else { return false };
    let names = texts(*first, delimiter);
    let ids = below.first().map(|row| texts(*row, delimiter)).filter(|ids| ids.len() > 1);
    let ids = ids.map_or(Vec::new(), |ids| ids[..2].to_vec());
    if names.len() < 2 || names.get(2).is_some_and(|third| is_number(third)) {
        return false;
    }
    let is_user = |id: &String| {
        let id = id.to_lowercase().replace('_', "");
        id.strip_prefix("user").is_some_and(|rest| rest.parse::<u64>().is_ok() || rest.len() == 1)
    };
    let is_known = |name: &String| match &name[..] {
        "source" | "Target" | "from" | "to" => true,
        "user1" | "USER_2" => !ids.is_empty() && !ids.iter().any(is_user),
        _ => false,
    };
    if names[..2].iter().all(is_known) {
        return true;
    }
    let is_hexadecimal = |text: &String| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit());
    let is_name = |text: &String| !text.is_empty() && !is_number(text);
    names[..2].iter().all(is_name)
        && ids.len() == 2
        && ids.iter().all(|id| is_whole(id))
        && !names[..2].iter().chain(&ids).all(is_hexadecimal)
}

fn edge_and_weight(
    line: OracleLine<'_>,
    delimiter: Option<u8>,
    expected: usize,
) -> Result<([String; 2], Option<f64>), Bad> {
    let fields = fields(line.bytes, delimiter);
    if fields.len() != expected {
        let at = fields.get(expected).map_or(line.bytes.len(), |field| field.0);
        let plural = if fields.len() == 1 { "" } else { "s" };
        let more = if fields.len() > 3 && expected == 3 { ": columns follow the weight" } else { "" };
        let why = format!("found {} field{plural}, expected {expected}{more}", fields.len());
        return Err((line.number, at as u64 + 1, why));
    }
    let ends = [id(line, fields[0])?, id(line, fields[1])?];
    let Some(&field) = fields.get(2) else { return Ok((ends, None)) };
    let text = text(line, field)?.trim();
    match text.parse::<f64>() {
        Ok(weight) if weight > 0.0 && weight.is_finite() => Ok((ends, Some(weight))),
        _ => {
            let why = format!("the weight `{text}` is not a finite number above 0");
            Err((line.number, field.0 as u64 + 1, why))
        }
    }
}

const TIMES: &str = "the third column, which begins here, holds times: days such as 20240131, or seconds, \
                     milliseconds, microseconds or nanoseconds since 1970";

/// Whether these weights, fewer than 100, are refused as times. Of days in eight digits, the tests have those below.
fn are_times(weights: &[f64]) -> bool {
    let is_time = |from: f64, to: f64, weight: &f64| {
        [20_240_229.0, 20_991_231.0].contains(weight)
            || [1.0, 1e3, 1e6, 1e9].iter().any(|unit| from * unit <= *weight && *weight < to * unit)
    };
    match weights {
        [] => false,
        [weight] => is_time(946_684_800.0, 4_102_444_800.0, weight),
        weights => weights.iter().all(|weight| is_time(1e8, 4_294_967_296.0, weight)),
    }
}

pub(super) fn oracle(edges: &[u8], nodes: Option<&[u8]>) -> Result<OracleList, Bad> {
    let (rows, edge_comments) = lines(edges);
    let delimiter = rows.first().and_then(|row| delimiter_of(row.bytes, None));
    let header = rows.first().filter(|_| has_header(&rows, delimiter));
    let rows = &rows[usize::from(header.is_some())..];
    let found = rows.first().map_or(2, |row| fields(row.bytes, delimiter).len());
    if let Some(names) =
        header.map(|header| fields(header.bytes, delimiter).len()).filter(|&names| names != found)
    {
        let at = fields(rows[0].bytes, delimiter).get(names).map_or(rows[0].bytes.len(), |field| field.0);
        let why = format!("found {found} fields, the header names {names} columns");
        return Err((rows[0].number, at as u64 + 1, why));
    }
    if let Some(header) = header.filter(|_| !rows.is_empty()) {
        let names = texts(*header, delimiter);
        if ["target", "to"].contains(&&*names[0].to_lowercase()) && ["source", "from"].contains(&&*names[1]) {
            let why = "the columns hold the target first and the source second".to_owned();
            return Err((header.number, fields(header.bytes, delimiter)[0].0 as u64 + 1, why));
        }
    }
    if let Some(header) = header
        && let Some((start, name)) = fields(header.bytes, delimiter).get(2)
        && ["to", "time"].map(str::as_bytes).contains(&name.trim_ascii())
    {
        let name = String::from_utf8_lossy(name.trim_ascii());
        return Err((
            header.number,
            *start as u64 + 1,
            format!("the third column is `{name}`, not a weight"),
        ));
    }
    let (mut edges, mut weights, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let ([source, target], weight) = edge_and_weight(*row, delimiter, if found > 2 { 3 } else { 2 })?;
        ids.extend([source.clone(), target.clone()]);
        edges.push((source, target));
        weights.extend(weight);
    }
    if let Some(row) = rows.first().filter(|_| found > 2 && are_times(&weights)) {
        return Err((row.number, fields(row.bytes, delimiter)[2].0 as u64 + 1, TIMES.to_owned()));
    }
    let (node_rows, node_comments) = lines(nodes.unwrap_or_default());
    let node_delimiter = node_rows.first().and_then(|row| delimiter_of(row.bytes, delimiter));
    for row in &node_rows {
        ids.push(id(*row, fields(row.bytes, node_delimiter)[0])?);
    }
    let mut by_appearance: Vec<String> = Vec::new();
    for id in ids {
        if !by_appearance.contains(&id) {
            by_appearance.push(id);
        }
    }
    let behind = |first: Option<&OracleLine<'_>>, comments: &[u64]| {
        first.map_or(0, |first| comments.iter().filter(|&&line| line > first.number).count() as u64)
    };
    Ok(OracleList {
        edges,
        weights: (found > 2).then_some(weights),
        by_appearance,
        header: header.map(|header| header.number),
        comments: [behind(rows.first(), &edge_comments), behind(node_rows.first(), &node_comments)],
    })
}
