package kernel

// The codes of rows that fail, as error records name them.
const (
	// CodeFailed is the failure of a fallible function.
	CodeFailed = "failed"
	// CodeOverflow is a whole number or time that left the range of its type.
	CodeOverflow = "overflow"
	// CodeDivisionByZero is `%`, div or a decimal `/` by zero.
	CodeDivisionByZero = "division_by_zero"
	// CodeDecimalOverflow is a decimal with more digits than its type has.
	CodeDecimalOverflow = "decimal_overflow"
	// CodeCast is a value that does not fit the type it is converted to.
	CodeCast = "cast"
	// CodeIndex is an index outside an array.
	CodeIndex = "index"
)

// Trap says that a row has no result, with a code other than CodeFailed.
func (c *Call) Trap(row int, code, reason string) {
	if c.OnTrap != nil {
		c.OnTrap(row, code, reason)
		return
	}
	c.Fail(row, reason)
}
