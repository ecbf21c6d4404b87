//! What a medium may hold after its power went: the model of the replay.
//!
//! - A write, or a cut to a length, of a file is pending until that file is synced. At a power cut any subset of the pending ones
//!   is there, in any combination, and the last one may be torn at 512-byte sectors (SQLite and we rely on no more: bytes of
//!   a sector that were not written do not change). A file that grew over a lost write holds zeros there.
//! - Creating, renaming and removing a name is pending until its directory is synced. At a power cut a *prefix* of a directory's
//!   pending changes is there, each directory on its own: journaling file systems keep their order. Syncing a file keeps no name.
//! - A name and its file's content are independent: a renamed file may be empty.
//! - The keystore is no file: what it did stays, also without a sync.
//!
//! A killed process is the case in which everything pending is there.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::ward::Done;

/// One call as the shim wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) kind: u8,
    node: u32,
    offset: u64,
    bytes: Vec<u8>,
    second: Vec<u8>,
}

impl Event {
    /// The number of a mark: `2n + 1` before operation n, `2n + 2` after it.
    pub(crate) fn mark(&self) -> Option<usize> {
        if self.kind == b'k' { usize::try_from(self.offset).ok() } else { None }
    }

    pub(crate) fn name(&self) -> String {
        let what = String::from_utf8_lossy(if self.kind == b'w' { b"" } else { &self.bytes }).into_owned();
        let what = what.rsplit('/').next().unwrap_or_default().to_owned();
        format!("{} node {} at {} of {} {what}", char::from(self.kind), self.node, self.offset, self.bytes.len())
    }
}

/// Reads a log.
pub(crate) fn read_log(path: &Path) -> Done<Vec<Event>> {
    read_log_from(path, &mut 0)
}

/// Reads what was added to a log since the last call.
pub(crate) fn read_log_from(path: &Path, from: &mut u64) -> Done<Vec<Event>> {
    let mut file = fs::File::open(path)?;
    file.seek(SeekFrom::Start(*from))?;
    let mut bytes = Vec::new();
    *from += file.read_to_end(&mut bytes)? as u64;
    let mut events = Vec::new();
    let mut rest = &bytes[..];
    while let Some((head, tail)) = rest.split_first_chunk::<21>() {
        let four = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let offset = u64::from(four(5)) | u64::from(four(9)) << 32;
        let (size, size2) = (four(13) as usize, four(17) as usize);
        let (Some(data), Some(second)) = (tail.get(..size), tail.get(size..size + size2)) else {
            return Err("the log is cut".into());
        };
        events.push(Event { kind: head[0], node: four(1), offset, bytes: data.to_vec(), second: second.to_vec() });
        rest = &tail[size + size2..];
    }
    Ok(events)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ref {
    File(u32),
    Dir(usize),
}

#[derive(Debug, Clone)]
enum Data {
    Write(u64, Vec<u8>),
    Length(u64),
}

impl Data {
    fn apply(&self, file: &mut Vec<u8>) -> Done {
        match self {
            Data::Write(offset, bytes) => {
                let at = usize::try_from(*offset)?;
                if file.len() < at + bytes.len() {
                    file.resize(at + bytes.len(), 0);
                }
                file[at..at + bytes.len()].copy_from_slice(bytes);
            }
            Data::Length(length) => file.resize(usize::try_from(*length)?, 0),
        }
        Ok(())
    }

    /// The sectors of 512 bytes of the medium that a write touches.
    fn sectors(&self) -> usize {
        match self {
            Data::Write(offset, bytes) if !bytes.is_empty() => {
                let (first, last) = (offset / 512, (offset + bytes.len() as u64 - 1) / 512);
                usize::try_from(last - first + 1).unwrap_or(1)
            }
            _ => 1,
        }
    }

    /// The part of a write that lies in the sectors for which `kept` says so.
    fn torn(&self, file: &mut Vec<u8>, kept: impl Fn(usize) -> bool) -> Done {
        let Data::Write(offset, bytes) = self else { return Ok(()) };
        for (index, byte) in bytes.iter().enumerate() {
            let at = offset + index as u64;
            if kept(usize::try_from(at / 512 - offset / 512)?) {
                Data::Write(at, vec![*byte]).apply(file)?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone)]
enum Name {
    Link(String, Ref),
    Rename(String, String),
    Unlink(String),
}

impl Name {
    fn apply(&self, names: &mut BTreeMap<String, Ref>) {
        match self {
            Name::Link(name, to) => drop(names.insert(name.clone(), *to)),
            Name::Unlink(name) => drop(names.remove(name)),
            Name::Rename(from, to) => {
                if let Some(moved) = names.remove(from) {
                    names.insert(to.clone(), moved);
                }
            }
        }
    }
}

#[derive(Debug, Clone, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Data>,
}

#[derive(Debug, Clone, Default)]
struct Dir {
    durable: BTreeMap<String, Ref>,
    pending: Vec<Name>,
    now: BTreeMap<String, Ref>,
}

/// Which of the pending changes are there after the cut.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Choice {
    /// For each pending change of a file, in order: whether it is there.
    pub(crate) data: Vec<bool>,
    /// For each directory with pending changes: how many are there.
    pub(crate) names: Vec<usize>,
    /// Of the last pending write only these sectors are there: bit by bit.
    pub(crate) tear: Option<u64>,
}

/// Every file by its path.
pub(crate) type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// The medium at a moment of the log.
#[derive(Clone)]
pub(crate) struct Disk {
    root: PathBuf,
    files: HashMap<u32, File>,
    dirs: Vec<Dir>,
    /// The keystore's names and contents.
    keys: BTreeMap<String, u32>,
    key_files: HashMap<u32, Vec<u8>>,
    last_write: Option<u32>,
}

impl Disk {
    /// An empty phone at `root`.
    pub(crate) fn new(root: &Path) -> Disk {
        Disk {
            root: root.to_owned(),
            files: HashMap::new(),
            dirs: vec![Dir::default()],
            keys: BTreeMap::new(),
            key_files: HashMap::new(),
            last_write: None,
        }
    }

    fn path(&self, bytes: &[u8]) -> Done<Vec<String>> {
        let path = Path::new(std::str::from_utf8(bytes)?).strip_prefix(&self.root)?.to_owned();
        Ok(path.iter().map(|part| part.to_string_lossy().into_owned()).collect())
    }

    /// The directory of these names, and the last name.
    fn place(&self, parts: &[String]) -> Done<(usize, String)> {
        let (name, parents) = parts.split_last().ok_or("a path without a name")?;
        let mut at = 0;
        for part in parents {
            match self.dirs[at].now.get(part) {
                Some(Ref::Dir(dir)) => at = *dir,
                _ => return Err(format!("no directory {part} in the log").into()),
            }
        }
        Ok((at, name.clone()))
    }

    fn change(&mut self, dir: usize, change: Name) {
        change.apply(&mut self.dirs[dir].now);
        self.dirs[dir].pending.push(change);
    }

    /// Goes on by one call.
    pub(crate) fn apply(&mut self, event: &Event) -> Done {
        match event.kind {
            b'w' | b't' | b's' => return self.touch(event),
            b'k' => return Ok(()),
            _ => {}
        }
        let parts = self.path(&event.bytes)?;
        if parts.first().is_some_and(|first| first == "keys") {
            return self.keep(event, &parts);
        }
        match event.kind {
            b'c' => {
                let (dir, name) = self.place(&parts)?;
                self.files.insert(event.node, File::default());
                self.change(dir, Name::Link(name, Ref::File(event.node)));
            }
            b'm' => {
                let (dir, name) = self.place(&parts)?;
                self.dirs.push(Dir::default());
                let made = Ref::Dir(self.dirs.len() - 1);
                self.change(dir, Name::Link(name, made));
            }
            b'u' | b'x' => {
                let (dir, name) = self.place(&parts)?;
                self.change(dir, Name::Unlink(name));
            }
            b'r' => {
                let to = self.path(&event.second)?;
                let ((dir, from), (target, to)) = (self.place(&parts)?, self.place(&to)?);
                if dir != target {
                    return Err("a rename across directories: the model has none".into());
                }
                self.change(dir, Name::Rename(from, to));
            }
            b'd' => {
                let mut inside = parts;
                inside.push(String::new());
                let (dir, _) = self.place(&inside)?;
                let dir = &mut self.dirs[dir];
                dir.durable.clone_from(&dir.now);
                dir.pending.clear();
            }
            other => return Err(format!("a call {} that the model does not know", char::from(other)).into()),
        }
        Ok(())
    }

    fn touch(&mut self, event: &Event) -> Done {
        let change = match event.kind {
            b'w' => Data::Write(event.offset, event.bytes.clone()),
            _ => Data::Length(event.offset),
        };
        if let Some(content) = self.key_files.get_mut(&event.node) {
            return if event.kind == b's' { Ok(()) } else { change.apply(content) };
        }
        let file = self.files.get_mut(&event.node).ok_or("a file that the log does not know")?;
        if event.kind == b's' {
            for change in file.pending.drain(..) {
                change.apply(&mut file.durable)?;
            }
        } else {
            file.pending.push(change);
            self.last_write = Some(event.node);
        }
        Ok(())
    }

    fn keep(&mut self, event: &Event, parts: &[String]) -> Done {
        let name = parts.last().cloned().unwrap_or_default();
        match event.kind {
            b'c' => {
                self.key_files.insert(event.node, Vec::new());
                self.keys.insert(name, event.node);
            }
            b'u' => drop(self.keys.remove(&name)),
            b'r' => {
                let node = self.keys.remove(&name).ok_or("a key that is not there")?;
                let to = self.path(&event.second)?.last().cloned().unwrap_or_default();
                self.keys.insert(to, node);
            }
            _ => {}
        }
        Ok(())
    }

    /// Files with pending changes, in order of their number.
    fn dirty(&self) -> Vec<u32> {
        let mut dirty: Vec<u32> =
            self.files.iter().filter(|(_, file)| !file.pending.is_empty()).map(|(n, _)| *n).collect();
        dirty.sort_unstable();
        dirty
    }

    /// How many changes are pending: of files, and of each directory that has any.
    pub(crate) fn pending(&self) -> (usize, Vec<usize>) {
        let data = self.dirty().iter().map(|node| self.files[node].pending.len()).sum();
        (data, self.dirs.iter().map(|dir| dir.pending.len()).filter(|count| *count > 0).collect())
    }

    /// The sectors of the last pending write, and its place among the pending changes.
    pub(crate) fn last_write(&self) -> Option<(usize, usize)> {
        let last = self.last_write?;
        let mut at = 0;
        for node in self.dirty() {
            at += self.files[&node].pending.len();
            if node == last {
                return self.files[&node].pending.last().map(|data| (at - 1, data.sectors()));
            }
        }
        None
    }

    /// What a process sees now, or after a kill: everything pending is there.
    pub(crate) fn whole(&self) -> Done<Tree> {
        let (data, names) = self.pending();
        self.image(&Choice { data: vec![true; data], names, tear: None })
    }

    /// What the medium holds with a choice.
    pub(crate) fn image(&self, choice: &Choice) -> Done<Tree> {
        let mut contents = HashMap::new();
        let mut at = 0;
        let torn = self.last_write();
        for node in self.dirty() {
            let file = &self.files[&node];
            let mut content = file.durable.clone();
            for data in &file.pending {
                match (choice.tear, torn) {
                    (Some(bits), Some((place, _))) if place == at => {
                        data.torn(&mut content, |sector| bits >> (sector % 64) & 1 == 1)?
                    }
                    _ if choice.data[at] => data.apply(&mut content)?,
                    _ => {}
                }
                at += 1;
            }
            contents.insert(node, content);
        }
        let mut names = Vec::new();
        let mut chosen = choice.names.iter();
        for dir in &self.dirs {
            let mut entries = dir.durable.clone();
            if !dir.pending.is_empty() {
                let count = *chosen.next().ok_or("a choice of another moment")?;
                dir.pending[..count].iter().for_each(|change| change.apply(&mut entries));
            }
            names.push(entries);
        }
        let mut tree = Tree::new();
        self.walk(&names, 0, Path::new(""), &contents, &mut tree);
        for (name, node) in &self.keys {
            tree.insert(Path::new("keys").join(name), self.key_files.get(node).cloned());
        }
        Ok(tree)
    }

    fn walk(
        &self,
        names: &[BTreeMap<String, Ref>],
        dir: usize,
        at: &Path,
        contents: &HashMap<u32, Vec<u8>>,
        tree: &mut Tree,
    ) {
        for (name, what) in &names[dir] {
            let path = at.join(name);
            match what {
                Ref::File(node) => {
                    let content = contents.get(node).or(self.files.get(node).map(|file| &file.durable));
                    tree.insert(path, content.cloned());
                }
                Ref::Dir(inner) => {
                    tree.insert(path.clone(), None);
                    self.walk(names, *inner, &path, contents, tree);
                }
            }
        }
    }
}

/// Writes an image out.
pub(crate) fn put(tree: &Tree, root: &Path) -> Done {
    fs::create_dir_all(root.join("keys"))?;
    for (path, content) in tree {
        match content {
            None => fs::create_dir_all(root.join(path))?,
            Some(bytes) => fs::write(root.join(path), bytes)?,
        }
    }
    Ok(())
}
