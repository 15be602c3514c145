//! Rows of event files are hidden if they name, or might name, a withheld person.

use std::{collections::BTreeMap, sync::Arc};

use plaudit::{
    event::{
        ColumnRef, Delimiter, EventLayout, FileDigest, FileReport, FixedOrColumn, KindId, Quoting, TextShape,
        TimeLayout,
    },
    identity::{Customers, Denials, WithheldNames},
};

fn layout(delimiter: u8, quoting: Quoting) -> EventLayout {
    EventLayout {
        delimiter: Delimiter::Byte(delimiter),
        header: false,
        quoting,
        comment: None,
        actor: ColumnRef::Index(0),
        target: ColumnRef::Index(1),
        at: None,
        channel: None,
        kind: FixedOrColumn::Fixed(KindId(0)),
        kinds: BTreeMap::new(),
        shape: TextShape::default(),
        times: TimeLayout::default(),
    }
}

/// The report of a CRM file with one row, which was rejected.
fn file_with_a_bad_row() -> FileReport {
    let digest = FileDigest { bytes: 0, sha256: [0; 32].into() };
    FileReport { path: "crm.csv".into(), digest, rows_read: 1, rows_rejected: 1, footer_rows: 0 }
}

fn names() -> WithheldNames {
    let mut all = Customers::default();
    all.hidden.ids.insert("C-17".to_owned());
    all.hidden.names.insert("Ada M. Lovelace".to_owned());
    for identifier in ["twitter:ada_l", "email:ada@post.example", "forum:🦊", "chat:ΣΑΣ"] {
        all.hidden.identifiers.insert(identifier.to_owned());
    }
    all.files.push(file_with_a_bad_row());
    WithheldNames::new(Some(&all), Arc::new(Denials::new([0; 32])))
}

#[test]
fn a_name_is_found_in_any_case_and_punctuation() {
    let quoted = layout(b',', Quoting::Rfc4180);
    for raw in [
        "@ADA_L,bob,share",
        "twitter:ada_l,bob,share",
        "bob,\"see ada_l, please\",share",
        "bob,\"Ada_L\"",
        "c-17,bob",
        "bob,ADA@POST.example",
        "bob,https://x.example/ada_l",
        "ada m. lovelace,bob",
        "bob,🦊",
        "bob,forum:🦊",
        "σας,bob",
    ] {
        assert!(names().hide_row(raw, false, &quoted), "{raw}");
    }
    for raw in ["ada,bob,share", "lovelace,bob", "c,17x", "ada_lo,bob"] {
        assert!(!names().hide_row(raw, false, &quoted), "{raw}");
    }
    assert!(names().hide_row("bobxada_lxshare", false, &layout(b'x', Quoting::None)));
    assert!(names().hide_row("bob_🦊_share", false, &layout(b'_', Quoting::None)));
}

#[test]
fn a_name_is_found_in_invisible_full_width_and_other_dress() {
    let quoted = layout(b',', Quoting::Rfc4180);
    let mut all = Customers::default();
    all.hidden.ids.insert("C-17".to_owned());
    all.hidden.names.extend(["Ada M. Lovelace", "Zo\u{eb} Ｗｉｌｄ", "می\u{200c}خواهم"].map(str::to_owned));
    all.hidden.identifiers.insert("twitter:ada_l".to_owned());
    all.files.push(file_with_a_bad_row());
    let names = WithheldNames::new(Some(&all), Arc::new(Denials::new([0; 32])));
    for raw in [
        "ada\u{200b}_l,bob",
        "\u{2060}@ada_l\u{feff},bob",
        "ａｄａ＿ｌ,bob",
        "＠ＡＤＡ_l,bob",
        "bob,C\u{200b}-17",
        "bob,Ｃ－１７",
        "bob,Love\u{ad}lace,Ada M\u{200d}. Love\u{200c}lace",
        "bob,Ada\u{a0}M. Lovelace",
        "bob,zoe\u{308} wild",
        "bob,ＺＯË WILD",
        "bob,𝐙𝐨ë 𝐖𝐢𝐥𝐝",
        "bob,میخواهم",
    ] {
        assert!(names.hide_row(raw, false, &quoted), "{raw:?}");
    }
    for raw in ["ａｄａ,bob", "bob,Zoe Wild", "bob,Ｃ－１８"] {
        assert!(!names.hide_row(raw, false, &quoted), "{raw:?}");
    }
}

#[test]
fn rows_that_may_name_someone_are_shown_only_where_nobody_is_withheld() {
    let quoted = layout(b',', Quoting::Rfc4180);
    for (raw, is_cut) in [("bob,\"open", false), ("bo\"b,x", false), ("bob", true), ("b\u{fffd}b,x", false)] {
        assert!(names().hide_row(raw, is_cut, &quoted), "{raw}");
        assert!(!WithheldNames::default().hide_row(raw, is_cut, &quoted), "{raw}");
    }
}

#[test]
fn an_unreadable_crm_row_may_be_a_withheld_person() {
    let mut all = Customers::default();
    assert!(WithheldNames::new(Some(&all), Arc::new(Denials::new([0; 32]))).is_empty());
    all.files.push(file_with_a_bad_row());
    assert!(!WithheldNames::new(Some(&all), Arc::new(Denials::new([0; 32]))).is_empty());
}
