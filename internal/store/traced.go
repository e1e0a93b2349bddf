package store

import (
	"errors"
	"regexp"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/tracing"
)

// spanKey is where a statement keeps its span.
const spanKey = "sealkeeper:span"

var (
	firstWord  = regexp.MustCompile(`^\s*([A-Za-z]{2,10})\b`)
	firstTable = regexp.MustCompile("(?i)\\b(?:FROM|INTO|UPDATE|TABLE)\\s+[\"`]?([a-z_]{1,63})\\b")
)

// named is what a statement that was written out does, and the first table that it names. Values are not in it, but in
// its arguments.
func named(statement string) (operation, table string) {
	if found := firstWord.FindStringSubmatch(statement); found != nil {
		operation = strings.ToUpper(found[1])
	}
	if found := firstTable.FindStringSubmatch(statement); found != nil {
		table = found[1]
	}
	return operation, table
}

// traceStatements makes a span of each statement, named after what it does and the table. The statement itself is not
// in it, nor are its values.
func traceStatements(g *gorm.DB) error {
	system := g.Name()
	before := func(operation string) func(*gorm.DB) {
		return func(tx *gorm.DB) {
			if tx.DryRun || tx.Statement.Context == nil || !tracing.Recording(tx.Statement.Context) {
				return
			}
			operation, table := operation, tx.Statement.Table
			if written := tx.Statement.SQL.String(); written != "" {
				operation, table = named(written)
			}
			_, span := tracing.Start(tx.Statement.Context, strings.TrimSpace(operation+" "+table),
				attribute.String("db.system.name", system),
				attribute.String("db.operation.name", operation),
				attribute.String("db.collection.name", table))
			tx.InstanceSet(spanKey, span)
		}
	}
	after := func(tx *gorm.DB) {
		value, _ := tx.InstanceGet(spanKey)
		span, ok := value.(trace.Span)
		if !ok {
			return
		}
		if err := tx.Error; err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			tracing.Failed(span, "database_error")
		}
		span.End()
	}
	on := g.Callback()
	return errors.Join(
		on.Create().Before("*").Register("sealkeeper:begun", before("INSERT")),
		on.Create().After("*").Register("sealkeeper:ended", after),
		on.Query().Before("*").Register("sealkeeper:begun", before("SELECT")),
		on.Query().After("*").Register("sealkeeper:ended", after),
		on.Update().Before("*").Register("sealkeeper:begun", before("UPDATE")),
		on.Update().After("*").Register("sealkeeper:ended", after),
		on.Delete().Before("*").Register("sealkeeper:begun", before("DELETE")),
		on.Delete().After("*").Register("sealkeeper:ended", after),
		on.Row().Before("*").Register("sealkeeper:begun", before("SELECT")),
		on.Row().After("*").Register("sealkeeper:ended", after),
		on.Raw().Before("*").Register("sealkeeper:begun", before("")),
		on.Raw().After("*").Register("sealkeeper:ended", after),
	)
}
