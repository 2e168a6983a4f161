package main

// What every verb prints with on standard output: JSON and tables.

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

var nan = math.NaN()

// watchOutput replaces standard output by a pipe and copies what arrives there. finish
// waits for the copy and returns the first write error, so that no verb has to check
// what it prints.
func watchOutput() (finish func() error) {
	real := os.Stdout
	from, to, err := os.Pipe()
	if err != nil { // no pipes on this system
		return func() error { return nil }
	}
	os.Stdout = to
	copied := make(chan error, 1)
	go func() {
		_, err := io.Copy(onlyWriter{real}, from)
		io.Copy(io.Discard, from)
		copied <- err
	}()
	return func() error {
		to.Close()
		os.Stdout = real
		if err := <-copied; err != nil {
			return fmt.Errorf("standard output cannot be written: %w", err)
		}
		return nil
	}
}

// onlyWriter hides the other methods of a file from io.Copy, which would not report
// a closed reader.
type onlyWriter struct{ io.Writer }

// number is a float64 that becomes null in JSON if it is not finite.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// numbers converts a list.
func numbers(list []float64) []number {
	out := make([]number, len(list))
	for i, v := range list {
		out[i] = number(v)
	}
	return out
}

// orNull is a text that is null in JSON if it is empty.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// printJSON prints v as the one JSON object on standard output.
func printJSON(v any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printTable prints a table: the first row is the header, numbers are right-aligned.
func printTable(rows ...[]any) {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.SetStyle(table.StyleLight)
	t.Style().Options.SeparateColumns = false
	t.Style().Options.DrawBorder = false
	t.Style().Format.Header = text.FormatDefault
	var columns []table.ColumnConfig
	for i := range rows[0] {
		if len(rows) > 1 {
			if _, isText := rows[1][i].(string); !isText {
				columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
			}
		}
	}
	t.SetColumnConfigs(columns)
	for i, row := range rows {
		if i == 0 {
			t.AppendHeader(row)
		} else {
			t.AppendRow(row)
		}
	}
	t.Render()
}

// counted is a number of things, in the plural if it is not 1.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// cell is a float64 in a table; NaN is a dash.
type cell struct {
	format string
	value  float64
}

func (c cell) String() string {
	if math.IsNaN(c.value) {
		return "–"
	}
	return fmt.Sprintf(c.format, c.value)
}
