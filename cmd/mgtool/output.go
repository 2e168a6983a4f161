package main

// What every verb prints with: JSON, tables, progress.

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"mgtool/mgnet"
)

var nan = math.NaN()

// number is a float64 that JSON shows as null where it is not finite.
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

// object prints v as the one JSON object on standard output.
func object(v any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// grid prints a table: the first row is the header, numbers stand right.
func grid(rows ...[]any) {
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

// cell formats a float for a table.
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

// interactive reports whether someone watches standard error.
func interactive() bool { return term.IsTerminal(int(os.Stderr.Fd())) }

// status shows where a long job is on one line of a terminal, which the next
// call replaces; an empty text clears it. It is silent where nobody watches.
func status(format string, a ...any) {
	if interactive() {
		fmt.Fprint(os.Stderr, "\r\033[K"+fmt.Sprintf(format, a...))
	}
}

// stage tells a watcher what begins.
func stage(name string) { status("%s …\n", name) }

// trainingProgress shows a bar for each epoch on a terminal, else nothing.
func trainingProgress() func(mgnet.Moment) {
	if !interactive() {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(m mgnet.Moment) {
		if bar == nil || bar.GetMax() != m.Batches {
			bar = progressbar.NewOptions(m.Batches, progressbar.OptionSetWriter(os.Stderr),
				progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		bar.Describe(fmt.Sprintf("epoch %d/%d  loss %.3f  accuracy %.3f  %.0f images/s", m.Epoch, m.Epochs, m.Loss, m.Accuracy, m.ImagesPerSecond))
		bar.Set(m.Batch)
		if m.Batch == m.Batches {
			bar.Finish()
			status("epoch %d/%d  loss %.3f  accuracy in training %.3f  %.0f images/s, %.1f%% of the time waiting for images\n", m.Epoch, m.Epochs, m.Loss, m.Accuracy, m.ImagesPerSecond, 100*m.LoadShare)
			bar = nil
		}
	}
}

// canWrite finds out before the work whether its result can be written.
func canWrite(flag, path string, endings ...string) error {
	if path == "" {
		return nil
	}
	good := false
	for _, e := range endings {
		good = good || strings.EqualFold(filepath.Ext(path), e)
	}
	if !good {
		return usagef("--%s %s; want a name ending in %s", flag, path, strings.Join(endings, " or "))
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return usagef("--%s %s: there is no folder %s", flag, path, dir)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usagef("--%s %s: this is a folder; want the name of a file", flag, path)
	}
	probe, err := os.CreateTemp(dir, ".mgtool.*.tmp")
	if err != nil {
		return fmt.Errorf("--%s %s: %w", flag, path, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}

// makeFolder makes a folder for results before the work, unless path is empty.
func makeFolder(flag, path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return usagef("--%s %s: this is a file; want a folder", flag, path)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("--%s %s: %w", flag, path, err)
	}
	probe, err := os.CreateTemp(path, ".mgtool.*.tmp")
	if err != nil {
		return fmt.Errorf("--%s %s: %w", flag, path, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}
