package registers

import (
	"github.com/sealkeeper/sealkeeper/certs/register"
	"github.com/sealkeeper/sealkeeper/fault"
)

// Refused is why an imported file was refused, and what to do.
func Refused(cause Cause) error {
	switch cause {
	case Cause(register.Oversized):
		return fault.New(fault.TooLarge, "register_oversized",
			"This file is larger, packed or unpacked, than a register may be (%d MB), or has an entry that "+
				"is; download "+
				"the register again.", register.MaxBytes/1_000_000)
	case Cause(register.WebPage):
		return fault.New(fault.Invalid, "register_web_page",
			"This is a web page and no register; open it in a browser, and download the register from there.")
	case Cause(register.Spreadsheet):
		return fault.New(fault.Invalid, "register_spreadsheet",
			"This is a workbook; open it, save its sheet as CSV, and import that.")
	case Cause(register.Truncated):
		return fault.New(fault.Invalid, "register_truncated",
			"This file ends in the middle: the download was interrupted; download it again.")
	case Cause(register.Checksum):
		return fault.New(fault.Invalid, "register_checksum",
			"This file is not the one that was published: its checksum is another one; download it again.")
	case Cause(register.Columns):
		return fault.New(fault.Invalid, "register_columns",
			"This table has no column with the numbers of authorisations by the title that is configured; import the "+
				"authority's own export, or correct the columns in the configuration.")
	case Cause(register.Empty):
		return fault.New(fault.Invalid, "register_empty",
			"This register has no entries; download the whole of it, without a filter.")
	case Older:
		return fault.New(fault.Conflict, "register_older",
			"This register is older than the one that was read; download it again.")
	case Future:
		return fault.New(fault.Invalid, "register_future",
			"This register has entries from the future; check the clock of this machine, and whose file this is.")
	}
	return fault.New(fault.Invalid, "register_malformed",
		"This is no register of the kind that is configured; import the EBA's download (JSON, or the ZIP "+
			"file with it), "+
			"or the table of the authority as CSV.")
}
