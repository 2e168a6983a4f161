// Package readertest checks that a reader of files behaves, whatever bytes it is given:
// it must not allocate too much, and its errors must be one line. The project's fuzz
// targets use it.
package readertest

import (
	"encoding/json"
	"runtime/metrics"
	"strings"
	"testing"
	"unicode"
)

// Read calls a reader and fails the test if the reader allocates more than limit bytes
// in total, freed ones included, or if its error is not one printable line. It returns
// that error.
//
// Other goroutines' allocations count too, so tests that call Read must not run in
// parallel with others. Objects smaller than a page may be counted late; that is a
// few hundred kB at most.
func Read(t testing.TB, limit uint64, reader func() error) error {
	t.Helper()
	before := allocated()
	err := reader()
	if n := allocated() - before; n > limit {
		t.Errorf("the reader allocated %.1f MB; want at most %.1f", float64(n)/1e6, float64(limit)/1e6)
	}
	if err != nil {
		if fault := messageFault(err.Error()); fault != "" {
			t.Errorf("the error %.2000q %s", err, fault)
		}
	}
	return err
}

// Allowance is what a reader of models, runs or weights may allocate for a file: a thousand
// times its bytes, and 32 MB for what any model has.
func Allowance(data []byte) uint64 { return 32<<20 + 1000*uint64(len(data)) }

// JSON is a value as JSON.
func JSON(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// messageFault says why a message is not one printable line, or returns "".
func messageFault(message string) string {
	switch {
	case strings.TrimSpace(message) == "":
		return "says nothing"
	case strings.ContainsFunc(message, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "has a character that cannot be printed, or a second line"
	}
	return ""
}

// allocated returns the bytes that the program has allocated since it started.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
