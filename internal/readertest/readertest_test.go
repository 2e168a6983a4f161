package readertest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// recorder is a test that notes its failures.
type recorder struct {
	testing.TB
	failures []string
}

func (*recorder) Helper() {}
func (r *recorder) Errorf(format string, a ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, a...))
}

var sink []byte

// Too much memory and an error of more than one line are failures; a reader that
// keeps to its limit is not.
func TestRead(t *testing.T) {
	grow := func(n int, err error) func() error {
		return func() error { sink = make([]byte, n); return err }
	}
	cases := []struct {
		about  string
		reader func() error
		want   string // in the failure; "" is none
	}{
		{"in bounds", grow(1<<20, nil), ""},
		{"in bounds, refused", grow(1<<20, errors.New(`line 3: "\x1b" is no number`)), ""},
		{"too much memory", grow(20<<20, nil), "allocated 21.0 MB"},
		{"two lines", grow(1, errors.New("one\ntwo")), "second line"},
		{"raw escape", grow(1, errors.New("bad \x1b[31m")), "cannot be printed"},
		{"empty", grow(1, errors.New(" ")), "says nothing"},
	}
	for _, c := range cases {
		r := &recorder{TB: t}
		Read(r, 8<<20, c.reader)
		got := strings.Join(r.failures, "; ")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: failures %q; want %q", c.about, got, c.want)
		}
	}
}
