package audit

import (
	"context"
	"encoding/hex"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sealkeeper/sealkeeper/fault"
)

// The chain shows that nothing was changed only to who has all of it. So that a part of the log can be proven by
// itself, a Merkle tree stands over the hashes of its entries (RFC 9162, section 2.1): its root is in every head, and a
// proof of one entry is as long as the tree is high. Entries are never changed, so the hash of each complete block is
// computed once and kept.
const (
	blockLevel = 10
	blockSize  = 1 << blockLevel
)

// Blocks keeps the hashes of complete blocks of the log. They follow from the entries.
type Blocks interface {
	// AuditBlocks returns the hashes, as hex, of blocks 0, 1, 2 and so on.
	AuditBlocks(ctx context.Context) ([]string, error)
	// AddAuditBlock keeps the hash of a block. It is no error if it is kept already.
	AddAuditBlock(ctx context.Context, number int64, hash string) error
}

// tree is the Merkle tree over the first entries of the log. It is a tlog.HashReader.
type tree struct {
	ctx    context.Context //nolint:containedctx // of the one call that the tree is made for; tlog passes none
	store  Store
	end    Entry         // the last entry in it
	levels [][]tlog.Hash // from blockLevel on
	near   map[int64][]tlog.Hash
}

// grow brings the blocks up to date and returns the tree over the whole log as it is now. What is
// added was found to follow from the entry before; a log that is broken there has no head.
func grow(ctx context.Context, store Store, blocks Blocks) (*tree, error) {
	kept, err := blocks.AuditBlocks(ctx)
	if err != nil {
		return nil, err
	}
	t := &tree{ctx: ctx, store: store, levels: [][]tlog.Hash{nil}, near: map[int64][]tlog.Hash{}}
	for _, text := range kept {
		hash, err := parseHash(text)
		if err != nil {
			return nil, err
		}
		t.levels[0] = append(t.levels[0], hash)
	}
	if t.end, err = lastOf(ctx, store, int64(len(kept))*blockSize); err != nil {
		return nil, err
	}
	for {
		leaves, err := t.next()
		if err != nil {
			return nil, err
		}
		if len(leaves) < blockSize {
			t.near[int64(len(t.levels[0]))] = leaves
			t.raise()
			return t, nil
		}
		number, hash := int64(len(t.levels[0])), fold(leaves)
		if err := blocks.AddAuditBlock(ctx, number, hex.EncodeToString(hash[:])); err != nil {
			return nil, err
		}
		t.levels[0] = append(t.levels[0], hash)
	}
}

// lastOf is the last entry of the blocks that are kept, with its number and hash at least. What was let go is in them.
func lastOf(ctx context.Context, store Store, seq int64) (Entry, error) {
	b, err := begins(ctx, store)
	switch {
	case err != nil:
		return Entry{}, err
	case seq < b.before.Seq:
		return Entry{}, fault.New(fault.Conflict, "audit_blocks_lost",
			"The hashes of entries that were let go are no longer in the database, so nothing is signed or exported: "+
				"restore the table audit_blocks from a backup.")
	case seq == b.before.Seq:
		return b.before, nil
	}
	return entryAt(ctx, store, seq)
}

// next are the leaves of the next block, each found to follow from the entry before.
func (t *tree) next() ([]tlog.Hash, error) {
	entries, err := t.store.AuditEntries(t.ctx, t.end.Seq+1, blockSize)
	if err != nil {
		return nil, err
	}
	leaves := make([]tlog.Hash, len(entries))
	for i, e := range entries {
		if broken := breakBetween(t.end, e); broken != nil {
			return nil, fault.New(fault.Conflict, "audit_broken",
				"The audit log is broken at entry %d, so nothing is signed or exported: run `sealkeeper audit "+
					"verify` on the server and keep the database as it is.", broken.Seq)
		}
		if leaves[i], err = leafOf(e); err != nil {
			return nil, err
		}
		t.end = e
	}
	return leaves, nil
}

func entryAt(ctx context.Context, store Store, seq int64) (Entry, error) {
	entries, err := store.AuditEntries(ctx, seq, 1)
	if err == nil && (len(entries) == 0 || entries[0].Seq != seq) {
		err = cutOff(seq)
	}
	if err != nil {
		return Entry{}, err
	}
	return entries[0], nil
}

// cutOff says that an entry is missing that once was there.
func cutOff(seq int64) error {
	return fault.New(fault.Conflict, "head_missing", "Entry %d is no longer there: the log was cut off.", seq)
}

// raise computes the levels above the blocks.
func (t *tree) raise() {
	for below := t.levels[0]; len(below) > 1; below = t.levels[len(t.levels)-1] {
		t.levels = append(t.levels, pairs(below))
	}
}

func pairs(below []tlog.Hash) []tlog.Hash {
	above := make([]tlog.Hash, len(below)/2)
	for i := range above {
		above[i] = tlog.NodeHash(below[2*i], below[2*i+1])
	}
	return above
}

// fold is the hash over a power of two of hashes.
func fold(hashes []tlog.Hash) tlog.Hash {
	for len(hashes) > 1 {
		hashes = pairs(hashes)
	}
	return hashes[0]
}

// leafOf is what stands for an entry in the tree: its own hash, as of RFC 9162.
func leafOf(e Entry) (tlog.Hash, error) {
	hash, err := parseHash(e.Hash)
	if err != nil {
		return tlog.Hash{}, err
	}
	return tlog.RecordHash(hash[:]), nil
}

func parseHash(text string) (hash tlog.Hash, err error) {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != len(hash) {
		return hash, fault.New(fault.Internal, "audit_hash_invalid", "The audit log has a hash that is none.")
	}
	copy(hash[:], data)
	return hash, nil
}

// nearMost bounds how many blocks' leaves are kept: a proof needs those of one, and exports go in the log's order.
const nearMost = 4

// leaves are the leaves of a block.
func (t *tree) leaves(block int64) ([]tlog.Hash, error) {
	if leaves, ok := t.near[block]; ok {
		return leaves, nil
	}
	first := block*blockSize + 1
	entries, err := t.store.AuditEntries(t.ctx, first, blockSize)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 || entries[0].Seq != first { // the log begins inside the block, where nobody lets go
		return nil, cutOff(first)
	}
	leaves := make([]tlog.Hash, len(entries))
	for i, e := range entries {
		if leaves[i], err = leafOf(e); err != nil {
			return nil, err
		}
	}
	if len(t.near) >= nearMost {
		for known := range t.near {
			if known != int64(len(t.levels[0])) { // the last one is not in the store as it was
				delete(t.near, known)
			}
		}
	}
	t.near[block] = leaves
	return leaves, nil
}

// ReadHashes implements tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		var err error
		if hashes[i], err = t.node(level, n); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// node is the hash over the entries n<<level to (n+1)<<level, counted from 0.
func (t *tree) node(level int, n int64) (tlog.Hash, error) {
	if level >= blockLevel {
		if above := level - blockLevel; above < len(t.levels) && n < int64(len(t.levels[above])) {
			return t.levels[above][n], nil
		}
		return tlog.Hash{}, fmt.Errorf("the tree has no node %d at level %d", n, level)
	}
	first := n << level
	leaves, err := t.leaves(first / blockSize)
	if err != nil {
		return tlog.Hash{}, err
	}
	from := first % blockSize
	if to := from + 1<<level; to <= int64(len(leaves)) {
		return fold(leaves[from:to]), nil
	}
	return tlog.Hash{}, fmt.Errorf("the tree ends before node %d at level %d", n, level)
}

// root is the hash over all of it.
func (t *tree) root() (tlog.Hash, error) { return tlog.TreeHash(t.end.Seq, t) }

// proof shows that an entry is in the tree. Its length is bounded by the tree's height.
func (t *tree) proof(seq int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(t.end.Seq, seq-1, t)
}
