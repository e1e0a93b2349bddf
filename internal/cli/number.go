package cli

import (
	"strconv"

	"github.com/alecthomas/kong"
)

// Number is the value of a flag that may be negative: `--days -3` is read like `--days=-3`.
type Number int

var _ kong.MapperValue = (*Number)(nil)

// Decode implements kong.MapperValue. Whatever follows the flag is its value, as it may begin with a hyphen.
func (n *Number) Decode(ctx *kong.DecodeContext) error {
	token := ctx.Scan.Pop()
	value, err := strconv.Atoi(token.String())
	if err != nil {
		return Invalid("number_invalid", "%q is not a whole number.", token.String())
	}
	*n = Number(value)
	return nil
}
