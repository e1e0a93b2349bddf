package otlp

// PartialSuccess is for the fuzz test.
func PartialSuccess(answer []byte, isJSON bool) (int64, string) {
	return partialSuccess(answer, isJSON)
}
