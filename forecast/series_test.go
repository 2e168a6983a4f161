package forecast

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio"
	"gonum.org/v1/gonum/mat"

	"mgtool/internal/readertest"
)

// write puts a file into a temporary folder.
func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func packed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The same numbers in every form that is read.
func TestRead(t *testing.T) {
	var array bytes.Buffer
	if err := npyio.Write(&array, mat.NewDense(3, 2, []float64{1, -2, 3.5, 4, 5, 6e3})); err != nil {
		t.Fatal(err)
	}
	dated := "date,a,b\n2020-01-01 22:00:00,1,-2\n2020-01-01 23:00:00,3.5,4\n2020-01-02 00:00:00,5,6e3\n"
	for name, data := range map[string][]byte{
		"dated.csv":    []byte(dated),
		"dated.csv.gz": packed(t, dated),
		"plain.csv":    []byte("a,b\r\n1,-2\r\n3.5,4\r\n5,6000\r\n"),
		"commas.txt":   []byte("1, -2\n3.5, 4\n5, 6e3"),
		"blanks.TXT":   []byte("  1 -2\n3.5\t4\n\n5 6e3\n"),
		"array.npy":    array.Bytes(),
	} {
		s, err := Read(write(t, name, data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		names := []string{"a", "b"}
		if !strings.Contains(name, ".csv") {
			names = []string{"0", "1"}
		}
		if stem, _, _ := strings.Cut(name, "."); s.Name != stem || !slices.Equal(s.Variables, names) {
			t.Errorf("%s: called %q, variables %q; want %q and %q", name, s.Name, s.Variables, stem, names)
		}
		if len(s.Values) != 2 || !slices.Equal(s.Values[0], []float64{1, 3.5, 5}) || !slices.Equal(s.Values[1], []float64{-2, 4, 6000}) {
			t.Errorf("%s: values %v", name, s.Values)
		}
		after := "2"
		if strings.HasPrefix(name, "dated") {
			after = "2020-01-02 02:00:00"
		}
		if got := s.after(2); got != after {
			t.Errorf("%s: two steps behind the last is %q; want %q", name, got, after)
		}
	}
	column, err := Read(write(t, "column.txt", []byte("1\n2\n3\n")))
	if err != nil || len(column.Values) != 1 || column.Len() != 3 {
		t.Errorf("one variable: %v, %v", column, err)
	}
}

func TestReadErrors(t *testing.T) {
	for want, file := range map[string][2]string{
		`ends in ".xls"`:                            {"a.xls", "1"},
		"row 3: date 2020-01-01 is not after":       {"a.csv", "date,a\n2020-01-02,1\n2020-01-01,2\n"},
		`row 2: "nan" in column 1; want a finite`:   {"a.csv", "a\nnan\n"},
		`row 3: "x" in column 2; want a finite`:     {"a.txt", "1 2\n3 4\n5 x\n"},
		"row 2: 1 variables; the rows above have 2": {"a.txt", "1 2\n3\n"},
		"wrong number of fields":                    {"a.csv", "a,b\n1,2\n3\n"},
		"no rows; want one for each time under":     {"a.csv", "a,b\n"},
		"no rows; want one for each time":           {"a.txt", ""},
		"row 2: 2 columns under a header of 3":      {"a.csv", "a b c\n1 2\n"},
		`row 2: "2020-01-01"; want numbers`:         {"a.csv", "date\n2020-01-01\n"},
		// A missing first value does not make dates of a variable, nor does a word.
		`row 2: "" in column 1; want a finite number, or dates as 2024-01-31`:  {"a.csv", "load,b\n,1\n2,3\n"},
		`row 1: "x" in column 1; want a finite number, or dates as 2024-01-31`: {"a.txt", "x 1\n2 3\n"},
		`row 3: "" in column 1; want a finite number`:                          {"a.csv", "load,b\n2,1\n,3\n"},
		`row 3: date ""; want one like 2020-01-01 of the row above`:            {"a.csv", "d,a\n2020-01-01,1\n,2\n"},
		"gzip: invalid header": {"a.csv.gz", "date,a,b\n2020-01-01,1,2\n"},
		"not a NumPy file":     {"a.npy", "1 2 3 4 5 6 7 8 9"},
	} {
		_, err := Read(write(t, file[0], []byte(file[1])))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %v; want one line with %s", file[1], err, want)
		}
	}
	if _, err := Read(t.TempDir() + "/none.csv"); err == nil {
		t.Error("a file that is not there was read")
	}
}

// What the first column is, and what follows the last row of it.
func TestDates(t *testing.T) {
	for name, c := range map[string]struct {
		text      string
		variables string
		head      string // of the column of times,
		next      string // and the first entry that follows
	}{
		"dates":                   {"x,a\n2020-01-01,1\n2020-01-03,2\n2020-01-05,3\n", "a", "date", "2020-01-07"},
		"ISO":                     {"x,a\n2020-01-01T22:00:00,1\n2020-01-01T23:00:00,2\n", "a", "date", "2020-01-02T00:00:00"},
		"a gap":                   {"date,a\n2020-01-01,1\n2020-01-02,2\n2020-01-05,3\n", "a", "step", "1"},
		"months":                  {"date,a\n2020-01-01,1\n2020-02-01,2\n2020-03-01,3\n", "a", "step", "1"},
		"one row":                 {"date,a\n2020-01-01,1\n", "a", "step", "1"},
		"a header of times":       {" Month,a\nJan,1\nFeb,2\n", "a", "step", "1"},
		"numbers under Timestamp": {"Timestamp,a\n1577836800,1\n1577840400,2\n", "a", "step", "1"},
		"no dates":                {"load,a\n5,1\n6,2\n", "load,a", "step", "1"},
	} {
		s, err := Read(write(t, "a.csv", []byte(c.text)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join(s.Variables, ","); got != c.variables || s.timeName() != c.head || s.after(1) != c.next {
			t.Errorf("%s: variables %s, then %s %s; want %s, then %s %s", name, got, s.timeName(), s.after(1), c.variables, c.head, c.next)
		}
	}
}

// Text that is longer than the limit is an error, wherever the limit cuts it: here between
// rows, between numbers and within one. Text of just the limit is read.
func TestReadTooLong(t *testing.T) {
	const text = "a,b\n1,2\n3,45\n"
	for ending, data := range map[string][]byte{".csv": []byte(text), ".csv.gz": packed(t, text)} {
		path := write(t, "a"+ending, data)
		for most := range len(text) {
			if _, err := readText(path, ending, int64(most)); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("has more than %d bytes, unpacked", most)) {
				t.Errorf("%s, at most %d bytes: error %v", ending, most, err)
			}
		}
		if s, err := readText(path, ending, int64(len(text))); err != nil || !slices.Equal(s.Values[1], []float64{2, 45}) {
			t.Errorf("%s, %d bytes: %v, %v", ending, len(text), s, err)
		}
	}
}

// Any bytes are a series or an error of one line.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"date,a,b\n2020-01-01 22:00:00,1,-2\n2020-01-01 23:00:00,3.5,4\n", "1 2\n3 4\n", "a\n1\n\"", "\n\n", "1,\n"} {
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"a.csv", "a.txt"} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			var s *Series
			err := readertest.Read(t, readertest.Allowance([]byte(text)), func() (err error) {
				s, err = Read(path)
				return err
			})
			if err != nil {
				continue
			}
			if len(s.Values) < 1 || s.Len() < 1 || len(s.Variables) != len(s.Values) {
				t.Errorf("%s: %d names of %d variables", name, len(s.Variables), len(s.Values))
			}
			for _, values := range s.Values {
				if len(values) != s.Len() {
					t.Errorf("%s: variables of %d and %d times", name, len(values), s.Len())
				}
			}
		}
	})
}
