package strictjson

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// endless is /dev/zero, and counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) { clear(b); e.read += len(b); return len(b), nil }

func TestReadJSONHasALimit(t *testing.T) {
	e := &endless{}
	if _, err := Read(e); err == nil || !strings.Contains(err.Error(), "more than 16 MB") || e.read > 2*Most {
		t.Errorf("%d bytes read, error %v; want little more than 16 MB", e.read, err)
	}
	if data, err := Read(strings.NewReader(strings.Repeat(" ", Most))); err != nil || len(data) != Most {
		t.Errorf("%d bytes, %v; want all of 16 MB", len(data), err)
	}
	if _, err := Read(io.MultiReader(strings.NewReader("{"), brokenReader{})); err == nil || err.Error() != "broken" {
		t.Errorf("error %v; want that of the reader", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

// Of a key that is there twice nobody knows which value was meant.
func TestRepeatedKeys(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"b":2}`:               "",
		`{"a":1,"a":2}`:               "a",
		`{"a":1,"A":2}`:               "A",
		`{"a":"a","b":["a","a"]}`:     "",
		`{"a":{"a":1},"b":{"a":2}}`:   "",
		`{"a":[{"x":1},{"x":1}]}`:     "",
		`{"a":[{"x":1,"y":2,"x":1}]}`: "x",
		`{"b":[],"c":{},"b":null}`:    "b",
		`{"b":[[{"c":1}]],"c":0}`:     "",
		`[1,"a","a"]`:                 "",
		`"a"`:                         "",
		``:                            "",
	} {
		if key, twice := repeatedKey([]byte(text)); key != want || twice != (want != "") {
			t.Errorf("%s: %q twice (%v), want %q", text, key, twice, want)
		}
	}
}

func TestByteOrderMarks(t *testing.T) {
	if data, err := Read(strings.NewReader("\xef\xbb\xbf{}")); err != nil || string(data) != "{}" {
		t.Errorf("UTF-8 with a mark: %q, %v", data, err)
	}
	for _, text := range []string{"\xff\xfe{\x00}\x00", "\xfe\xff\x00{\x00}"} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("UTF-16: %v", err)
		}
	}
}
