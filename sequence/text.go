package sequence

// Text files: a line a sequence, or a line a place of one long record. Numbers are
// separated by tabs, commas, semicolons or spaces.

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mgtool/internal/regularfile"
)

// table is the numbers of a file, row by row, with a label each if there are any.
type table struct {
	path    string
	columns int
	values  []float32
	labels  []string             // nil without labels
	place   func(row int) string // for errors: "line 3"
}

func (t *table) rows() int { return len(t.values) / max(1, t.columns) }

// labelColumn says which column of a table is the label.
type labelColumn int

const (
	noLabels labelColumn = iota
	firstColumn
	lastColumn
)

// mostBytes bounds a text file.
const mostBytes = 4 << 30

// readText reads the numbers of a text file. A first line of which no field is a number is
// a heading. A missing value is an error.
func readText(path string, label labelColumn) (*table, error) {
	data, err := regularfile.Read(path, mostBytes)
	if err != nil {
		return nil, fmt.Errorf("sequence: %w", err)
	}
	t := &table{path: path}
	var lines []int // of the rows
	var fields func(line string) []string
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(make([]byte, 1<<16), len(data)+1)
	for number := 1; scan.Scan(); number++ {
		line := strings.TrimSpace(strings.TrimPrefix(scan.Text(), "\ufeff"))
		if line == "" {
			continue
		}
		if line[0] == '@' {
			return nil, fmt.Errorf("sequence: %s, line %d: %s begins a file in the format ts or ARFF; want plain lines of numbers, as in NAME_TRAIN.tsv", path, number, shown(line))
		}
		if fields == nil {
			fields = separated(line)
			if heading(fields(line)) {
				continue
			}
		}
		row, own := fields(line), ""
		switch {
		case label != noLabels && len(row) < 2:
			return nil, fmt.Errorf("sequence: %s, line %d: one field; want a label and values, separated by tabs, commas, semicolons or spaces", path, number)
		case label == firstColumn:
			own, row = row[0], row[1:]
		case label == lastColumn:
			own, row = row[len(row)-1], row[:len(row)-1]
		}
		if t.columns == 0 {
			t.columns = len(row)
		}
		if len(row) != t.columns {
			return nil, fmt.Errorf("sequence: %s, line %d: %d values; the first line has %d: want one length, cut or filled up", path, number, len(row), t.columns)
		}
		for i, field := range row {
			v, err := number32(field)
			if err != nil {
				return nil, fmt.Errorf("sequence: %s, line %d: value %d of %d %w", path, number, i+1, len(row), err)
			}
			t.values = append(t.values, v)
		}
		if label != noLabels {
			if own, err = canonical(own); err != nil {
				return nil, fmt.Errorf("sequence: %s, line %d: %w", path, number, err)
			}
			t.labels = append(t.labels, own)
		}
		lines = append(lines, number)
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("sequence: %s: %w", path, err)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("sequence: %s has no line of numbers", path)
	}
	t.place = func(row int) string { return fmt.Sprintf("line %d", lines[row]) }
	return t, nil
}

// readLabels reads a text file with a label a line.
func readLabels(path string) ([]string, error) {
	data, err := regularfile.Read(path, mostBytes)
	if err != nil {
		return nil, fmt.Errorf("sequence: %w", err)
	}
	var labels []string
	for i, line := range strings.Split(strings.TrimRight(string(data), "\r\n "), "\n") {
		l, err := canonical(strings.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("sequence: %s, line %d: %w", path, i+1, err)
		}
		labels = append(labels, l)
	}
	return labels, nil
}

// separated is how the fields of a file are separated, by its first line.
func separated(line string) func(string) []string {
	for _, mark := range []string{"\t", ",", ";"} {
		if strings.Contains(line, mark) {
			return func(line string) []string {
				list := strings.Split(line, mark)
				for i := range list {
					list[i] = strings.TrimSpace(list[i])
				}
				return list
			}
		}
	}
	return strings.Fields
}

// heading reports a line of names: none of its fields is a number or missing.
func heading(fields []string) bool {
	return !slices.ContainsFunc(fields, func(f string) bool {
		_, err := strconv.ParseFloat(f, 64)
		return err == nil || missing(f)
	})
}

// missing reports a field that stands for no value.
func missing(f string) bool {
	return f == "" || f == "?" || slices.Contains([]string{"nan", "na", "null", "none"}, strings.ToLower(f))
}

// number32 is the number of a field.
func number32(field string) (float32, error) {
	if missing(field) {
		return 0, fmt.Errorf("is missing (%q); want a number: fill it, or leave the sequence out", field)
	}
	v, err := strconv.ParseFloat(field, 64)
	switch {
	case err != nil:
		return 0, fmt.Errorf("is %s; want a number", shown(field))
	case math.Abs(v) > math.MaxFloat32:
		return 0, fmt.Errorf("is %s; want a finite number of 32 bits", shown(field))
	}
	return float32(v), nil
}

// canonical is a label without what differs between files of the same labels: 1.0000e+00
// is 1.
func canonical(label string) (string, error) {
	if missing(label) {
		return "", fmt.Errorf("the label is missing (%q)", label)
	}
	if v, err := strconv.ParseFloat(label, 64); err == nil && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return strconv.FormatInt(int64(v), 10), nil
	}
	if len(label) > 200 {
		return "", fmt.Errorf("the label %s has %d bytes; want at most 200", shown(label), len(label))
	}
	return label, nil
}

// classNames are the labels that there are, numbers in their order before other names.
func classNames(labels []string) []string {
	names := slices.Clone(labels)
	slices.SortFunc(names, func(a, b string) int {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		switch {
		case errX == nil && errY == nil:
			return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
		case (errX == nil) != (errY == nil):
			if errX == nil {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(names)
}

// shown is a piece of a file for an error.
func shown(text string) string { return fmt.Sprintf("%.40q", text) }
