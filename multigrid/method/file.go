package method

// Methods as files.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"unicode"

	"mgtool/internal/atomicfile"
	"mgtool/internal/strictjson"
)

// format and version name what a file is.
const (
	format  = "mgtool method"
	version = 1
)

// document is a file.
type document struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Method
}

// Read reads a method from a file; see [Decode].
func Read(path string) (*Method, error) {
	data, err := strictjson.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Decode reads a method, of at most 16 MB. An unknown key, a key given twice, and a method that
// is not valid are errors in one line.
func Decode(r io.Reader) (*Method, error) {
	data, err := strictjson.Read(r)
	if err != nil {
		return nil, err
	}
	return decode(data)
}

func decode(data []byte) (*Method, error) {
	var d document
	if err := strictjson.Decode(data, &d); err != nil {
		if !json.Valid(data) {
			return nil, fmt.Errorf("not JSON: %w; want the JSON file of a method", err)
		}
		return nil, err
	}
	d.Name = printable(d.Name)
	if d.Format != format {
		return nil, fmt.Errorf("format %.60q; want %q", d.Format, format)
	}
	if d.Version != version {
		return nil, fmt.Errorf("version %d; want %d", d.Version, version)
	}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	return &d.Method, nil
}

// printable is a name in a line that can be shown, whatever a file has: no line breaks, no codes for
// a terminal, not more than people read.
func printable(name string) string {
	const most = 120
	text := []rune(name)
	if len(text) > most {
		text = append(text[:most], '…')
	}
	for i, r := range text {
		if !unicode.IsPrint(r) {
			text[i] = ' '
		}
	}
	return string(text)
}

// Write writes a file that [Read] reads, whole or not at all. The same method gives the same
// bytes.
func (m *Method) Write(path string) error {
	data, err := m.encode()
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// row is a list of numbers that spreads over lines.
var row = regexp.MustCompile(`\[\n[-+0-9.eE,\s]*\]`)

// encode writes a list of numbers to a line, so that people can read stencils.
func (m *Method) encode() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document{format, version, *m}); err != nil {
		return nil, fmt.Errorf("method: %w", err)
	}
	return row.ReplaceAllFunc(b.Bytes(), func(list []byte) []byte {
		fields := bytes.Fields(list[1 : len(list)-1])
		return append(append([]byte{'['}, bytes.Join(fields, []byte{' '})...), ']')
	}), nil
}

// named reads a name or a stencil.
func named(data []byte, name *string, s **Stencil) error {
	if bytes.HasPrefix(data, []byte{'"'}) {
		return json.Unmarshal(data, name)
	}
	*s = new(Stencil)
	return (*s).UnmarshalJSON(data)
}

// MarshalJSON writes a name or nested lists.
func (t Transfer) MarshalJSON() ([]byte, error) { return marshalNamed(t.Name, t.Stencil) }

// UnmarshalJSON reads a name or nested lists.
func (t *Transfer) UnmarshalJSON(data []byte) error { return named(data, &t.Name, &t.Stencil) }

// MarshalJSON writes a name or nested lists.
func (c Coarse) MarshalJSON() ([]byte, error) { return marshalNamed(c.Name, c.Stencil) }

// UnmarshalJSON reads a name or nested lists.
func (c *Coarse) UnmarshalJSON(data []byte) error { return named(data, &c.Name, &c.Stencil) }

func marshalNamed(name string, s *Stencil) ([]byte, error) {
	if s != nil {
		return s.MarshalJSON()
	}
	return json.Marshal(name)
}
