package source

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

// Blocks are those of all bytes, whatever pieces these come in.
func TestWriteBlocks(t *testing.T) {
	all := make([]byte, 7<<19+123)
	for i := range all {
		all[i] = byte(i * 7 >> 3)
	}
	var want bytes.Buffer
	fmt.Fprintf(&want, "%d\n", len(all))
	for at := 0; at < len(all); at += 1 << 20 {
		sum := sha256.Sum256(all[at:min(at+1<<20, len(all))])
		want.Write(sum[:])
	}
	for _, piece := range []int{300_001, 1 << 19, 1 << 20, 1<<20 + 1, 1 << 21, len(all)} {
		at := 0
		var got bytes.Buffer
		err := WriteBlocks(&got, len(all), func() ([]byte, error) {
			from := at
			at = min(at+piece, len(all))
			return all[from:at], nil
		})
		if err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("pieces of %d bytes: other blocks (%v)", piece, err)
		}
	}
	var none bytes.Buffer
	if err := WriteBlocks(&none, 0, nil); err != nil || none.String() != "0\n" {
		t.Errorf("no bytes: %q (%v)", none.String(), err)
	}
	if err := WriteBlocks(&none, 5, once(all[:6])); err == nil || !strings.Contains(err.Error(), "6 bytes to digest; want 5") {
		t.Errorf("too many bytes: error %v", err)
	}
	if err := WriteBlocks(&none, 5, once(nil)); err == nil {
		t.Error("too few bytes are no error")
	}
}

// A table's digest knows each of its numbers.
func TestTableDigest(t *testing.T) {
	sum := func(change func(*Table)) string {
		s := numbers(6)
		change(s)
		d, err := Digest(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	same := sum(func(s *Table) { s.Name = "other" })
	if same != sum(func(*Table) {}) {
		t.Error("the name changes it")
	}
	for what, change := range map[string]func(*Table){
		"input": func(s *Table) { s.Inputs[3]++ }, "label": func(s *Table) { s.Labels[1] = 0 }, "value": func(s *Table) { s.Values[17]++ },
		"shape": func(s *Table) { s.Each.Input = []int{2, 1, 1} },
	} {
		if sum(change) == same {
			t.Errorf("another %s does not change it", what)
		}
	}
}
