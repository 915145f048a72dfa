//! A set of paths: a byte radix trie of grants and denials.
//!
//! Each stored path ends at a node, and marks on the node say what it covers. A query walks down
//! once and meets each mark that can concern it. So its cost is the length of the path in question,
//! not the number of grants, and one walk answers for grants and denials.
//!
//! Nodes, edges and label text are stored in flat vectors: loading is linear in the bytes stored,
//! and a clone copies memory. The first bytes of a node's labels are adjacent, so finding a child
//! reads memory once. Nothing is ever removed: a set that loses a grant is built again.

/// The marks of a node: a set of the constants below.
pub(super) type Marks = u8;

/// This path only is granted.
pub(super) const GRANT_EXACT: Marks = 1;
/// This path and everything below it is granted.
pub(super) const GRANT_TREE: Marks = 1 << 1;
/// Every path that begins with these bytes is granted.
pub(super) const GRANT_PREFIX: Marks = 1 << 2;
/// This path and everything below it is denied.
pub(super) const DENY_TREE: Marks = 1 << 3;
/// Every path that begins with these bytes is denied.
pub(super) const DENY_PREFIX: Marks = 1 << 4;
/// A denial is stored here or further down. The walk must proceed, even if the path is granted so
/// far.
pub(super) const DENIED_AHEAD: Marks = 1 << 5;
/// A grant is stored here or further down.
const GRANTED_AHEAD: Marks = 1 << 6;

const GRANTS: Marks = GRANT_EXACT | GRANT_TREE | GRANT_PREFIX;
const DENIALS: Marks = DENY_TREE | DENY_PREFIX;

/// The size of the text of one trie. It keeps each position and node number within 32 bits.
pub(super) const MAX_TEXT: usize = 1 << 30;

const ROOT: usize = 0;

/// The answer of the set about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// A grant covers it and no denial does.
    Granted,
    /// A denial covers it.
    Denied,
    /// Neither.
    Silent,
}

/// The position of a stored path in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextSpan {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
struct TrieNode {
    label: TextSpan,
    /// The first of this node's edges, and their number. Space is reserved for the next power of
    /// two.
    edges: u32,
    fanout: u16,
    marks: Marks,
}

/// A set of paths. See the introduction of this module.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    text: Vec<u8>,
    nodes: Vec<TrieNode>,
    /// The first byte of each child's label. `children` has the child at the same index.
    keys: Vec<u8>,
    children: Vec<u32>,
}

impl Default for Trie {
    fn default() -> Self {
        let root = TrieNode::new(TextSpan { start: 0, len: 0 }, 0);
        Self { text: Vec::new(), nodes: vec![root], keys: Vec::new(), children: Vec::new() }
    }
}

impl TrieNode {
    fn new(label: TextSpan, marks: Marks) -> Self {
        Self { label, edges: 0, fanout: 0, marks }
    }
}

impl Trie {
    /// Whether the trie can store this much more text.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.text.len().saturating_add(bytes) <= MAX_TEXT
    }

    /// Stores text that is no path of the set. The caller has called [`Trie::has_room`].
    #[expect(clippy::cast_possible_truncation, reason = "MAX_TEXT bounds both")]
    pub(super) fn store(&mut self, text: &[u8]) -> TextSpan {
        let span = TextSpan { start: self.text.len() as u32, len: text.len() as u32 };
        self.text.extend_from_slice(text);
        span
    }

    /// Returns the text at this position.
    pub(super) fn text(&self, span: TextSpan) -> &[u8] {
        &self.text[span.start as usize..][..span.len as usize]
    }

    /// Adds a path. The caller has called [`Trie::has_room`].
    pub(super) fn insert(&mut self, path: &[u8], marks: Marks) -> TextSpan {
        let span = self.store(path);
        self.mark(span, marks);
        span
    }

    /// Adds marks to the node at the end of a stored text.
    pub(super) fn mark(&mut self, span: TextSpan, marks: Marks) {
        let denied = if marks & (DENIALS | DENIED_AHEAD) == 0 { 0 } else { DENIED_AHEAD };
        let ahead = denied | if marks & GRANTS == 0 { 0 } else { GRANTED_AHEAD };
        let (mut node, mut rest) = (ROOT, span);
        loop {
            self.nodes[node].marks |= ahead;
            if rest.len == 0 {
                self.nodes[node].marks |= marks;
                return;
            }
            let byte = self.text[rest.start as usize];
            let Some(child) = self.find(&self.nodes[node], byte) else {
                let child = self.push(TrieNode::new(rest, marks | ahead));
                self.add_edge(node, byte, child);
                return;
            };
            let label = self.nodes[child].label;
            let same = self.common(label, rest);
            if same < label.len {
                self.split(child, same);
            }
            rest = TextSpan { start: rest.start + same, len: rest.len - same };
            node = child;
        }
    }

    /// Answers about a normal path whose names are separated by `separator`.
    #[inline]
    pub(super) fn ask(&self, path: &[u8], separator: u8) -> Lookup {
        let mut granted = false;
        let mut node = &self.nodes[ROOT];
        let mut at = 0;
        loop {
            let marks = node.marks;
            if marks & (GRANTS | DENIALS) != 0 {
                let end = at == path.len();
                // A root (`/`, `C:\`) is stored with its separator.
                let edge = end || path[at] == separator || (at > 0 && path[at - 1] == separator);
                if marks & DENY_PREFIX != 0 || (edge && marks & DENY_TREE != 0) {
                    return Lookup::Denied;
                }
                granted |=
                    marks & GRANT_PREFIX != 0 || (edge && marks & GRANT_TREE != 0) || (end && marks & GRANT_EXACT != 0);
            }
            let next = if granted && marks & DENIED_AHEAD == 0 { None } else { self.step(node, path, at) };
            match next {
                Some(child) => {
                    at += child.label.len as usize;
                    node = child;
                }
                None => return if granted { Lookup::Granted } else { Lookup::Silent },
            }
        }
    }

    /// Whether one grant covers the path and everything below it, before denials.
    pub(super) fn grants_tree(&self, path: &[u8], separator: u8) -> bool {
        let mut node = &self.nodes[ROOT];
        let mut at = 0;
        loop {
            let edge = at == path.len() || path[at] == separator || (at > 0 && path[at - 1] == separator);
            if node.marks & GRANT_PREFIX != 0 || (edge && node.marks & GRANT_TREE != 0) {
                return true;
            }
            match self.step(node, path, at) {
                Some(child) => {
                    at += child.label.len as usize;
                    node = child;
                }
                None => return false,
            }
        }
    }

    /// Whether a denial is stored for something strictly below the path.
    pub(super) fn denied_below(&self, path: &[u8], separator: u8) -> bool {
        self.is_ahead(DENIED_AHEAD, path, separator)
    }

    /// Whether a grant is stored for something strictly below the path.
    pub(super) fn granted_below(&self, path: &[u8], separator: u8) -> bool {
        self.is_ahead(GRANTED_AHEAD, path, separator)
    }

    fn is_ahead(&self, mark: Marks, path: &[u8], separator: u8) -> bool {
        let mut node = &self.nodes[ROOT];
        let mut at = 0;
        while let Some(child) = self.step(node, path, at) {
            at += child.label.len as usize;
            node = child;
        }
        if at == path.len() {
            if at > 0 && path[at - 1] == separator {
                return node.marks & mark != 0;
            }
            return self.find(node, separator).is_some_and(|child| self.nodes[child].marks & mark != 0);
        }
        // The path may end within the label of one more child.
        let rest = &path[at..];
        let Some(child) = self.find(node, rest[0]).map(|child| &self.nodes[child]) else { return false };
        let Some(beyond) = self.text(child.label).strip_prefix(rest) else { return false };
        let below = beyond.first() == Some(&separator) || rest.last() == Some(&separator);
        below && child.marks & mark != 0
    }

    /// Returns the marks of the empty path, with which every path begins.
    pub(super) fn root_marks(&self) -> Marks {
        self.nodes[ROOT].marks
    }

    /// Returns the child of `node` whose whole label comes next in the path.
    #[inline]
    fn step(&self, node: &TrieNode, path: &[u8], at: usize) -> Option<&TrieNode> {
        let child = &self.nodes[self.find(node, *path.get(at)?)?];
        path[at..].starts_with(self.text(child.label)).then_some(child)
    }

    #[inline]
    fn find(&self, node: &TrieNode, byte: u8) -> Option<usize> {
        let first = node.edges as usize;
        let at = self.keys[first..][..node.fanout as usize].iter().position(|&key| key == byte)?;
        Some(self.children[first + at] as usize)
    }

    #[expect(clippy::cast_possible_truncation, reason = "a path adds two nodes at most; MAX_TEXT bounds the paths")]
    fn push(&mut self, node: TrieNode) -> u32 {
        self.nodes.push(node);
        (self.nodes.len() - 1) as u32
    }

    /// Adds a child. `find` must not find one for this byte.
    #[expect(clippy::cast_possible_truncation, reason = "MAX_TEXT bounds the nodes, and each has one edge to it")]
    fn add_edge(&mut self, node: usize, byte: u8, child: u32) {
        let TrieNode { edges, fanout, .. } = self.nodes[node];
        let (mut first, used) = (edges as usize, fanout as usize);
        if used == 0 || used.is_power_of_two() {
            // No space left: move to the end, where there is space for twice as many.
            let end = self.keys.len();
            self.keys.extend_from_within(first..first + used);
            self.children.extend_from_within(first..first + used);
            let room = end + (used + 1).next_power_of_two();
            self.keys.resize(room, 0);
            self.children.resize(room, 0);
            first = end;
        }
        self.keys[first + used] = byte;
        self.children[first + used] = child;
        self.nodes[node].edges = first as u32;
        self.nodes[node].fanout += 1;
    }

    /// Splits a node: it keeps the first `at` bytes of its label. A new child gets the rest, the
    /// marks and the edges.
    fn split(&mut self, node: usize, at: u32) {
        let TrieNode { label, marks, .. } = self.nodes[node];
        let lower = TextSpan { start: label.start + at, len: label.len - at };
        let byte = self.text[lower.start as usize];
        let child = self.push(TrieNode { label: lower, ..self.nodes[node] });
        self.nodes[node] = TrieNode::new(TextSpan { len: at, ..label }, marks & (DENIED_AHEAD | GRANTED_AHEAD));
        self.add_edge(node, byte, child);
    }

    #[expect(clippy::cast_possible_truncation, reason = "shorter than a label")]
    fn common(&self, a: TextSpan, b: TextSpan) -> u32 {
        self.text(a).iter().zip(self.text(b)).take_while(|(a, b)| a == b).count() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::{DENIED_AHEAD, DENY_TREE, GRANT_EXACT, GRANT_PREFIX, GRANT_TREE, Lookup, Marks, Trie};

    fn trie(paths: &[(&str, Marks)]) -> Trie {
        let mut trie = Trie::default();
        for (path, marks) in paths {
            trie.insert(path.as_bytes(), *marks);
        }
        trie
    }

    #[track_caller]
    fn ask(trie: &Trie, path: &str, verdict: Lookup) {
        assert_eq!(trie.ask(path.as_bytes(), b'/'), verdict, "{path}");
    }

    #[test]
    fn subtree_grant_stops_at_the_separator() {
        let trie = trie(&[("/d", GRANT_TREE)]);
        ask(&trie, "/d", Lookup::Granted);
        ask(&trie, "/d/x", Lookup::Granted);
        ask(&trie, "/dx", Lookup::Silent);
        ask(&trie, "/", Lookup::Silent);
    }

    #[test]
    fn exact_grant_is_one_path() {
        let trie = trie(&[("/d/f", GRANT_EXACT)]);
        ask(&trie, "/d/f", Lookup::Granted);
        ask(&trie, "/d/f/x", Lookup::Silent);
        ask(&trie, "/d", Lookup::Silent);
    }

    #[test]
    fn prefix_grant_goes_on_anywhere() {
        let trie = trie(&[("/d/al", GRANT_PREFIX)]);
        for path in ["/d/al", "/d/allowed", "/d/al/x", "/d/allowed/x"] {
            ask(&trie, path, Lookup::Granted);
        }
        ask(&trie, "/d/a", Lookup::Silent);
    }

    #[test]
    fn the_root_tree_is_every_path() {
        let trie = trie(&[("/", GRANT_TREE)]);
        ask(&trie, "/", Lookup::Granted);
        ask(&trie, "/x/y", Lookup::Granted);
    }

    #[test]
    fn a_split_node_grants_nothing_of_its_own() {
        let trie = trie(&[("/zz/abc", GRANT_PREFIX), ("/zz/abd", GRANT_EXACT)]);
        ask(&trie, "/zz/ab", Lookup::Silent);
        ask(&trie, "/zz/a", Lookup::Silent);
    }

    #[test]
    fn a_denial_wins_above_and_below_a_grant() {
        let below = trie(&[("/d", GRANT_TREE), ("/d/s", DENY_TREE)]);
        ask(&below, "/d/s", Lookup::Denied);
        ask(&below, "/d/s/x", Lookup::Denied);
        ask(&below, "/d/sx", Lookup::Granted);
        let above = trie(&[("/d/s", GRANT_TREE), ("/d", DENY_TREE)]);
        ask(&above, "/d/s/x", Lookup::Denied);
    }

    #[test]
    fn crowded_nodes_find_every_child() {
        let mut trie = Trie::default();
        for byte in 1..=255_u8 {
            trie.insert(&[b'/', byte, b'x'], GRANT_EXACT);
        }
        for byte in 1..=255_u8 {
            assert_eq!(trie.ask(&[b'/', byte, b'x'], b'/'), Lookup::Granted);
            assert_eq!(trie.ask(&[b'/', byte], b'/'), Lookup::Silent);
        }
    }

    #[test]
    fn denials_below_are_found_from_every_directory_above() {
        let trie = trie(&[("/a/b/secret", DENY_TREE), ("/a/bc", GRANT_TREE)]);
        for (path, below) in
            [("/", true), ("/a", true), ("/a/b", true), ("/a/b/secret", false), ("/a/bc", false), ("/a/b/s", false)]
        {
            assert_eq!(trie.denied_below(path.as_bytes(), b'/'), below, "{path}");
        }
    }

    #[test]
    fn grants_below_are_found_from_every_directory_above() {
        let trie = trie(&[("/a/b/c", GRANT_EXACT), ("/a/d", GRANT_TREE), ("/x", DENY_TREE)]);
        for (path, below) in
            [("/", true), ("/a", true), ("/a/b", true), ("/a/b/c", false), ("/a/d", false), ("/x", false)]
        {
            assert_eq!(trie.granted_below(path.as_bytes(), b'/'), below, "{path}");
        }
    }

    #[test]
    fn a_marker_for_a_glob_warns_the_directories_above() {
        let trie = trie(&[("/a/b/", DENIED_AHEAD)]);
        assert!(trie.denied_below(b"/a", b'/') && trie.denied_below(b"/a/b", b'/'));
        assert!(!trie.denied_below(b"/a/b/c", b'/'));
    }

    #[test]
    fn trees_are_granted_only_as_trees() {
        let trie = trie(&[("/d", GRANT_TREE), ("/e", GRANT_EXACT), ("/f/al", GRANT_PREFIX)]);
        for (path, tree) in [("/d", true), ("/d/x", true), ("/e", false), ("/f/al", true), ("/f", false)] {
            assert_eq!(trie.grants_tree(path.as_bytes(), b'/'), tree, "{path}");
        }
    }
}
