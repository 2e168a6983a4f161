// Package forecast learns to forecast time series: from a window of L values of each
// variable the next H,
//
//	(x_{t−L+1}, …, x_t)  ⟶  (x_{t+1}, …, x_{t+H}),
//
// by the protocol that long-term forecasts are compared by (Zhou et al., Informer, AAAI
// 2021; Zeng et al., AAAI 2023): the series in three parts, each variable standardised by
// the first, every window of the last part tested, and the mean squared and absolute error
// over all of its variables and horizons.
//
// A [Series] is read from a file, [Split] parts it, [Windows] is the source of samples, a
// window of all variables each.
package forecast

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"mgtool/internal/regularfile"
	"mgtool/pde/file"
)

// Series is a multivariate time series. Rows count as equal steps of time: gaps between
// dates, such as weekends, pass.
type Series struct {
	Name      string      // of its file, without the ending
	Variables []string    // names
	Values    [][]float64 // of each variable, from the first time to the last
	// LastDate is the last entry of the date column, empty without one, and Step the time
	// between any two dates that follow each other, 0 where it varies or is not known.
	LastDate string
	Step     time.Duration
}

// Len is the number of times.
func (s *Series) Len() int { return len(s.Values[0]) }

// mostBytes is the largest file, unpacked: some forty million numbers.
const mostBytes = 1 << 30

// Read reads a series from a file, by its ending: .csv has a header of names, .txt none, both
// a row for each time with commas or blanks between numbers; .npy is an array (times,
// variables) or (times). A first column holds dates if its first entry is one of a known form,
// or its header is one of "date", "time" and the like; dates of known forms must rise. Any of
// them but .npy may end in .gz.
func Read(path string) (*Series, error) {
	name, ending := parts(path)
	var s *Series
	var err error
	switch ending {
	case ".npy":
		s, err = readArray(path)
	case ".csv", ".txt", ".csv.gz", ".txt.gz":
		s, err = readText(path, ending, mostBytes)
	default:
		return nil, fmt.Errorf("forecast: %s ends in %q; want .csv, .txt, either with .gz, or .npy", path, ending)
	}
	if err != nil {
		return nil, fmt.Errorf("forecast: %w", err)
	}
	s.Name = name
	return s, nil
}

// parts are the name of a file and its ending.
func parts(path string) (name, ending string) {
	name = filepath.Base(path)
	if packed, ok := strings.CutSuffix(strings.ToLower(name), ".gz"); ok {
		ending = filepath.Ext(packed) + ".gz"
	} else {
		ending = strings.ToLower(filepath.Ext(name))
	}
	return name[:len(name)-len(ending)], ending
}

func readArray(path string) (*Series, error) {
	values, columns, err := file.ReadTable(path)
	if err != nil {
		return nil, err
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("%s has no values; want a row for each time", path)
	}
	s := &Series{Values: make([][]float64, columns)}
	for v := range columns {
		s.Variables = append(s.Variables, strconv.Itoa(v))
		for at := v; at < len(values); at += columns {
			s.Values[v] = append(s.Values[v], values[at])
		}
	}
	return s, nil
}

// readText reads text of at most this many bytes, unpacked.
func readText(path, ending string, most int64) (*Series, error) {
	f, _, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := io.Reader(f)
	if strings.HasSuffix(ending, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		defer z.Close()
		r = z
	}
	limited := &io.LimitedReader{R: r, N: most + 1}
	s, err := parseText(limited, strings.HasPrefix(ending, ".csv"))
	if limited.N == 0 { // before err, which is then of the cut
		return nil, fmt.Errorf("%s has more than %d bytes, unpacked; want at most these", path, most)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// parseText reads rows of numbers, the first one of names if header is true.
func parseText(r io.Reader, header bool) (*Series, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	begin, _ := b.Peek(1 << 12)
	line, _, _ := bytes.Cut(begin, []byte("\n"))
	rows := csv.NewReader(b)
	rows.ReuseRecord, rows.TrimLeadingSpace = true, true
	next := rows.Read
	if !bytes.Contains(line, []byte(",")) { // blanks between numbers
		scanner := bufio.NewScanner(b)
		next = func() ([]string, error) {
			for scanner.Scan() {
				if fields := strings.Fields(scanner.Text()); len(fields) > 0 {
					return fields, nil
				}
			}
			if err := scanner.Err(); err != nil {
				return nil, err
			}
			return nil, io.EOF
		}
	}
	t := &table{}
	for number := 1; ; number++ {
		fields, err := next()
		switch {
		case err == io.EOF:
			return t.series(header)
		case err != nil:
			return nil, err
		case header && number == 1:
			t.names = append(t.names, fields...)
			continue
		}
		if err := t.add(fields); err != nil {
			return nil, fmt.Errorf("row %d: %w", number, err)
		}
		if len(t.values)*len(t.values[0]) > mostBytes/8 {
			return nil, fmt.Errorf("more than %d numbers; want a shorter series", mostBytes/8)
		}
	}
}

// table is a series while it is read.
type table struct {
	names    []string // of the header, dates included
	dated    bool     // the first column holds dates,
	known    bool     // and they are of known forms
	lastDate string
	last     time.Time
	step     time.Duration
	varies   bool        // the step does
	values   [][]float64 // by variable
}

// timeHeads are the headers of a column of dates, in lower case.
var timeHeads = []string{"date", "dates", "datetime", "date time", "date_time", "time", "times", "timestamp", "year", "month", "week", "day", "hour", "ds"}

// add takes a row.
func (t *table) add(fields []string) error {
	if t.values == nil {
		_, _, t.known = parseDate(fields[0])
		t.dated = t.known || t.names != nil && slices.Contains(timeHeads, strings.ToLower(strings.TrimSpace(t.names[0])))
		columns := len(fields)
		if t.dated {
			columns--
		}
		if columns < 1 {
			return fmt.Errorf("%.40q; want numbers", strings.Join(fields, ","))
		}
		if t.names != nil && len(t.names) != len(fields) {
			return fmt.Errorf("%d columns under a header of %d; want as many", len(fields), len(t.names))
		}
		t.values = make([][]float64, columns)
	}
	if t.dated {
		if err := t.date(fields[0]); err != nil {
			return err
		}
		fields = fields[1:]
	}
	if len(fields) != len(t.values) {
		return fmt.Errorf("%d variables; the rows above have %d", len(fields), len(t.values))
	}
	for v, text := range fields {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			want := "a finite number"
			if v == 0 && t.values[0] == nil && !t.dated {
				want += `, or dates as 2024-01-31 or under the header "date"`
			}
			return fmt.Errorf("%.40q in column %d; want %s", text, v+1, want)
		}
		t.values[v] = append(t.values[v], x)
	}
	return nil
}

// layouts are the forms of dates that are known.
var layouts = []string{time.DateTime, time.DateOnly, "2006-01-02 15:04", time.RFC3339, "2006-01-02T15:04:05", "2006/01/02 15:04", "2006/1/2 15:04", "2006/1/2"}

// parseDate reads a date of one of the layouts.
func parseDate(text string) (time.Time, string, bool) {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, layout, true
		}
	}
	return time.Time{}, "", false
}

// timeName is the head of a column of times.
func (s *Series) timeName() string {
	if s.Step == 0 {
		return "step"
	}
	return "date"
}

// after names the time so many steps behind the last: its date where all dates have the same
// step, else the number of steps.
func (s *Series) after(steps int) string {
	last, layout, ok := parseDate(s.LastDate)
	if !ok || s.Step == 0 {
		return strconv.Itoa(steps)
	}
	return last.Add(time.Duration(steps) * s.Step).Format(layout)
}

// date takes the date of the next row. If the first is of a known form, all must be, and each
// later than the one above.
func (t *table) date(text string) error {
	if t.known {
		at, _, ok := parseDate(text)
		if !ok {
			return fmt.Errorf("date %.40q; want one like %s of the row above", text, t.lastDate)
		}
		step := at.Sub(t.last)
		switch rows := len(t.values[0]); {
		case rows == 0:
		case step <= 0:
			return fmt.Errorf("date %s is not after %s of the row above; want rows in the order of time", text, t.lastDate)
		case rows == 1:
			t.step = step
		case step != t.step:
			t.varies = true
		}
		t.last = at
	}
	t.lastDate = strings.Clone(text)
	return nil
}

// series is what was read.
func (t *table) series(header bool) (*Series, error) {
	if len(t.values) == 0 {
		return nil, fmt.Errorf("no rows; want one for each time%s", map[bool]string{true: " under a header of names", false: ""}[header])
	}
	s := &Series{Values: t.values, LastDate: t.lastDate, Variables: t.names}
	if !t.varies {
		s.Step = t.step
	}
	if t.dated && s.Variables != nil {
		s.Variables = s.Variables[1:]
	}
	if s.Variables == nil {
		for v := range t.values {
			s.Variables = append(s.Variables, strconv.Itoa(v))
		}
	}
	return s, nil
}
