//! Forms of text cells that several columns share: the status of a node, and lists joined by `;`.

/// Whether a shown node is a customer or an account that belongs to no customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// An account that is in no CRM record.
    Prospect,
    /// A customer of the CRM; without a CRM, every account.
    Customer,
}

impl Status {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Prospect => "prospect",
        }
    }

    pub fn is(self, cell: &str) -> bool {
        self.word() == cell
    }
}

/// The text of a list: its items joined by `;`.
pub fn join_list(items: &[&str]) -> String {
    items.join(";")
}

/// The items of a list cell; an empty cell has no items.
pub fn list_items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').filter(|item| !item.is_empty())
}
