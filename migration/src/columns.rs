//! The few column types that all tables are made of, so that the three databases agree on them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Longest id of an object: WeChat's decimal numbers, UUIDs, and whatever an older system used.
pub(crate) const ID_LENGTH: u32 = 45;

/// A new table. On MySQL and MariaDB: all of Unicode, compared exactly.
pub(crate) fn table<T: IntoIden>(manager: &SchemaManager<'_>, name: T) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name.into_iden());
    if manager.get_database_backend() == DbBackend::MySql {
        table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
    }
    table
}

/// The id of an object.
pub(crate) fn id<T: IntoIden>(name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.string_len(ID_LENGTH).not_null();
    column
}

/// A string of at most `length` characters that is always there.
pub(crate) fn string<T: IntoIden>(name: T, length: u32) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.string_len(length).not_null();
    column
}

/// A string of at most `length` characters that may be missing.
pub(crate) fn optional_string<T: IntoIden>(name: T, length: u32) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.string_len(length).null();
    column
}

/// A text of any length that is always there.
pub(crate) fn text<T: IntoIden>(name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null();
    column
}

/// A text of up to 16 MiB that is always there: MySQL's `TEXT` ends at 64 KiB.
pub(crate) fn long_text<T: IntoIden>(manager: &SchemaManager<'_>, name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match manager.get_database_backend() {
        DbBackend::MySql => column.custom("mediumtext").not_null(),
        _ => column.text().not_null(),
    };
    column
}

/// A text of up to 16 MiB that may be missing: MySQL's `TEXT` ends at 64 KiB.
pub(crate) fn optional_long_text<T: IntoIden>(manager: &SchemaManager<'_>, name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match manager.get_database_backend() {
        DbBackend::MySql => column.custom("mediumtext").null(),
        _ => column.text().null(),
    };
    column
}

/// A text of any length that may be missing.
pub(crate) fn optional_text<T: IntoIden>(name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().null();
    column
}

/// A flag; false for rows that do not say.
pub(crate) fn flag<T: IntoIden>(name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.boolean().not_null().default(false);
    column
}

/// A number that counts something; 0 for rows that do not say.
pub(crate) fn count<T: IntoIden>(name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().not_null().default(0);
    column
}

/// A small number that is always there: a place in an order.
pub(crate) fn integer<T: IntoIden>(name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.integer().not_null();
    column
}

/// An instant, in milliseconds since the Unix epoch.
pub(crate) fn instant<T: IntoIden>(name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().not_null();
    column
}

/// An instant that may not have come yet.
pub(crate) fn optional_instant<T: IntoIden>(name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().null();
    column
}
