//! Tests of the room `edge_list`.

mod read;
