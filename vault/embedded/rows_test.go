package embedded_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// memoryRows is a database a test can tamper with.
type memoryRows struct {
	mu   sync.Mutex
	rows map[rowKey]embedded.Row
}

type rowKey struct{ kind, id string }

func newRows() *memoryRows { return &memoryRows{rows: map[rowKey]embedded.Row{}} }

func (m *memoryRows) Get(ctx context.Context, kind, id string) (embedded.Row, error) {
	if err := gone(ctx); err != nil {
		return embedded.Row{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := m.rows[rowKey{kind, id}]
	if !ok {
		return embedded.Row{}, fault.New(fault.NotFound, "row", "There is no such row.")
	}
	row.Sealed = slices.Clone(row.Sealed)
	return row, nil
}

func (m *memoryRows) Put(ctx context.Context, row embedded.Row) error {
	if err := gone(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := rowKey{row.Kind, row.ID}
	if m.rows[key].Version != row.Version-1 {
		return fault.New(fault.Conflict, "row", "The row has another version.")
	}
	row.Sealed = slices.Clone(row.Sealed)
	m.rows[key] = row
	return nil
}

func (m *memoryRows) GetAll(ctx context.Context, kind string, ids []string) ([]embedded.Row, error) {
	var rows []embedded.Row
	for _, id := range ids {
		row, err := m.Get(ctx, kind, id)
		if errors.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (m *memoryRows) List(ctx context.Context, kind string) ([]string, error) {
	if err := gone(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for key := range m.rows {
		if key.kind == kind {
			ids = append(ids, key.id)
		}
	}
	return ids, nil
}

func (m *memoryRows) Delete(ctx context.Context, kind, id string) error {
	if err := gone(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, rowKey{kind, id})
	return nil
}

// change replaces a row past the custody.
func (m *memoryRows) change(kind, id string, how func(*embedded.Row)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row := m.rows[rowKey{kind, id}]
	row.Sealed = slices.Clone(row.Sealed)
	how(&row)
	m.rows[rowKey{kind, id}] = row
}

func gone(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(err, fault.Unavailable, "row", "The caller has gone.")
	}
	return nil
}
