//! Reads a TOML document key by key, and collects everything that is wrong instead of stopping at the first fault.
//!
//! Whoever asks for a key thereby declares it: keys that nobody asked for are unknown, and the keys that somebody asked
//! for are the schema, which `config.example.toml` is held to.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::excerpt;
use crate::config::fault::{Fault, Wrong};
use crate::config::nearest::nearest;
use crate::config::value::wrong_kind;

/// Reads `text`. `build` takes what it needs from the root table; what it made counts only where nothing was wrong.
///
/// # Errors
/// Every fault of the document, in the order of the text. A document that is not TOML has only its syntax faults.
pub fn read<T>(text: &str, build: impl FnOnce(&Table<'_>) -> T) -> Result<Document<T>, Vec<Fault>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(syntax(text, &errors));
    }
    let reading = Reading { text, notes: RefCell::default() };
    let table = Table::new(&reading, String::new(), Some(root.get_ref()), 0..0);
    let value = build(&table);
    table.close();
    let mut notes = reading.notes.into_inner();
    let strangers = std::mem::take(&mut notes.strangers);
    let mut faults = notes.faults;
    faults.extend(strangers.into_iter().map(|stranger| stranger.fault(text, &notes.asked)));
    if faults.is_empty() {
        return Ok(Document { value, asked: notes.asked });
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    Err(faults)
}

/// What was read, and which keys were asked for.
pub struct Document<T> {
    /// What was made of the document.
    pub value: T,
    /// The path of every key that was asked for, present or not: `canary.soak`.
    pub asked: BTreeSet<String>,
}

struct Reading<'a> {
    text: &'a str,
    notes: RefCell<Notes>,
}

#[derive(Default)]
struct Notes {
    faults: Vec<Fault>,
    asked: BTreeSet<String>,
    strangers: Vec<Stranger>,
}

/// A table of the document, or the empty one where the document has none.
pub struct Table<'a> {
    reading: &'a Reading<'a>,
    path: String,
    entries: Option<&'a DeTable<'a>>,
    span: Range<usize>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Table<'a> {
    fn new(reading: &'a Reading<'a>, path: String, entries: Option<&'a DeTable<'a>>, span: Range<usize>) -> Self {
        Self { reading, path, entries, span, asked: RefCell::default() }
    }

    /// Whether the document has this key, right or wrong.
    pub fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// The value of `key`; `None` where it is absent, or wrong (which is then recorded).
    pub fn get<T>(&self, key: &str, read: impl FnOnce(&DeValue<'_>) -> Result<T, Wrong>) -> Option<T> {
        let value = self.find(key)?;
        read(value.get_ref()).map_err(|wrong| self.blame(value.span(), key, wrong)).ok()
    }

    /// The value of `key`, or `default`.
    pub fn or<T>(&self, key: &str, default: T, read: impl FnOnce(&DeValue<'_>) -> Result<T, Wrong>) -> T {
        self.get(key, read).unwrap_or(default)
    }

    /// What `build` makes of the table `key`; of an empty one where it is absent.
    pub fn table<T>(&self, key: &str, build: impl FnOnce(&Table<'a>) -> T) -> T {
        let value = self.find(key);
        let entries = value.and_then(|value| self.entries_of(value, key));
        let span = value.map_or_else(|| self.span.clone(), Spanned::span);
        self.within(key, entries, span, build)
    }

    /// What `build` makes of each table of the list `key` (`[[key]]`).
    pub fn tables<T>(&self, key: &str, mut build: impl FnMut(&Table<'a>) -> T) -> Vec<T> {
        let items = self.list(key, &format!("a list of tables, each headed [[{key}]]")).unwrap_or_default();
        items.into_iter().filter_map(|item| item.table(&mut build)).collect()
    }

    /// The items of the list `key`; `None` where it is absent, or is not the list that is `wanted` (which is then recorded).
    pub fn list(&self, key: &str, wanted: &str) -> Option<Vec<Item<'a, '_>>> {
        let value = self.find(key)?;
        let DeValue::Array(array) = value.get_ref() else {
            self.blame(value.span(), key, wrong_kind(value.get_ref(), wanted));
            return None;
        };
        Some(array.iter().map(|value| Item { table: self, key: key.to_owned(), value }).collect())
    }

    /// The names of all entries, in the order of the document, for a table whose names are free.
    pub fn names(&self) -> Vec<&'a str> {
        let mut names: Vec<_> = self.entries.iter().flat_map(|table| table.keys()).collect();
        names.sort_by_key(|name| name.span().start);
        names.into_iter().map(|name| name.get_ref().as_ref()).collect()
    }

    /// Records a fault of `key`: at its value, or at the table where the document has no such key.
    pub fn fault(&self, key: &str, wrong: Wrong) {
        let span = self.find(key).map_or_else(|| self.span.clone(), Spanned::span);
        self.blame(span, key, wrong);
    }

    /// Records a fault of the name `key` itself.
    pub fn fault_of_name(&self, key: &str, wrong: Wrong) {
        let name = self.entries.and_then(|table| table.get_key_value(key)).map(|(name, _)| name.span());
        self.blame(name.unwrap_or_else(|| self.span.clone()), key, wrong);
    }

    /// The line and column of the name `key`, from 1; of the table where the document has no such key.
    pub fn position_of_name(&self, key: &str) -> (usize, usize) {
        let name = self.entries.and_then(|table| table.get_key_value(key)).map(|(name, _)| name.span().start);
        excerpt::position(self.reading.text, name.unwrap_or(self.span.start))
    }

    /// Records a fault where the document has `key`, which is not part of the schema and never will be.
    pub fn refuse(&self, key: &str, wrong: Wrong) {
        if let Some(value) = self.entries.and_then(|table| table.get(key)) {
            self.asked.borrow_mut().insert(key.to_owned());
            self.blame(value.span(), key, wrong);
        }
    }

    fn find(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        if self.asked.borrow_mut().insert(key.to_owned()) {
            self.reading.notes.borrow_mut().asked.insert(self.path_of(key));
        }
        self.entries?.get(key)
    }

    fn entries_of(&self, value: &'a Spanned<DeValue<'a>>, key: &str) -> Option<&'a DeTable<'a>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.blame(value.span(), key, wrong_kind(value.get_ref(), "a table"));
        }
        table
    }

    fn within<T>(
        &self,
        key: &str,
        entries: Option<&'a DeTable<'a>>,
        span: Range<usize>,
        build: impl FnOnce(&Table<'a>) -> T,
    ) -> T {
        let table = Table::new(self.reading, self.path_of(key), entries, span);
        let value = build(&table);
        table.close();
        value
    }

    fn blame(&self, span: Range<usize>, key: &str, wrong: Wrong) {
        let fault = Fault::at(self.reading.text, span, &self.path_of(key), wrong);
        self.reading.notes.borrow_mut().faults.push(fault);
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Notes the keys that nobody asked for. What they probably meant is known only when all has been asked.
    fn close(&self) {
        let asked = self.asked.borrow();
        let strange =
            self.entries.iter().flat_map(|table| table.keys()).filter(|key| !asked.contains(key.get_ref().as_ref()));
        let strangers = strange.map(|key| Stranger {
            section: self.path.clone(),
            key: key.get_ref().to_string(),
            span: key.span(),
            known: asked.iter().cloned().collect(),
        });
        self.reading.notes.borrow_mut().strangers.extend(strangers);
    }
}

/// One item of a list.
pub struct Item<'a, 't> {
    table: &'t Table<'a>,
    key: String,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Item<'a, '_> {
    /// Whether the item is a table.
    pub fn is_table(&self) -> bool {
        self.value.get_ref().as_table().is_some()
    }

    /// What `build` makes of the item; `None` where it is no table.
    pub fn table<T>(&self, build: impl FnOnce(&Table<'a>) -> T) -> Option<T> {
        let entries = self.table.entries_of(self.value, &self.key)?;
        Some(self.table.within(&self.key, Some(entries), self.value.span(), build))
    }

    /// The item's value; `None` where it is wrong.
    pub fn get<T>(&self, read: impl FnOnce(&DeValue<'_>) -> Result<T, Wrong>) -> Option<T> {
        read(self.value.get_ref()).map_err(|wrong| self.fault(wrong)).ok()
    }

    /// Records a fault of this item.
    pub fn fault(&self, wrong: Wrong) {
        self.table.blame(self.value.span(), &self.key, wrong);
    }
}

/// A key that nobody asked for.
struct Stranger {
    section: String,
    key: String,
    span: Range<usize>,
    known: Vec<String>,
}

impl Stranger {
    fn fault(self, text: &str, asked: &BTreeSet<String>) -> Fault {
        let near = nearest(&self.key, self.known.iter().map(String::as_str)).map(str::to_owned);
        let elsewhere = || asked.iter().find(|path| path.rsplit('.').next() == Some(&self.key)).cloned();
        let meant = near.or_else(elsewhere).map(|meant| format!("`{meant}`"));
        let what = match &meant {
            None if !self.known.is_empty() => format!("unknown key; the keys here are {}", self.known.join(", ")),
            _ => "unknown key".to_owned(),
        };
        let path = if self.section.is_empty() { self.key } else { format!("{}.{}", self.section, self.key) };
        Fault::at(text, self.span, &path, Wrong::new(what).meaning(meant))
    }
}

/// One fault a line: what follows on the same line is mostly an echo.
fn syntax(text: &str, errors: &[toml::de::Error]) -> Vec<Fault> {
    let faults = errors.iter().map(|error| {
        let span = error.span().unwrap_or(0..0);
        Fault::at(text, span, "", Wrong::new(format!("not TOML: {}", error.message().trim_end())))
    });
    let mut faults: Vec<Fault> = faults.collect();
    faults.sort_by_key(|fault| (fault.line, fault.column));
    faults.dedup_by_key(|fault| fault.line);
    faults
}
