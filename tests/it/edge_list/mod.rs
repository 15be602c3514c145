//! Tests of the module `edge_list`.

mod read;
