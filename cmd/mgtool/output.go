package main

// What every verb prints with: JSON, tables, progress.

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"mgtool/internal/atomicfile"
	"mgtool/mgnet/train"
)

var nan = math.NaN()

// watchOutput puts a pipe in the place of standard output, for everything that prints
// there, and copies it. finish waits for the copy and returns the first error of
// writing it: no verb has to think of that.
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

// onlyWriter keeps io.Copy from other ways to write a file, which tell nothing of a
// reader that has gone.
type onlyWriter struct{ io.Writer }

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

// trainingProgress shows how a training goes: on a terminal a bar for each epoch, and
// of every epoch a line, there as in a log. bars is for [train.Trainer.Train], lines
// for its OnEpoch.
func trainingProgress(epochs int) (bars func(train.Progress), lines func(train.EpochReport, time.Duration)) {
	lines = func(e train.EpochReport, left time.Duration) {
		endLine()
		fmt.Fprintln(os.Stderr, epochLine(e, epochs, left))
	}
	return trainingBar(), lines
}

// epochLine is what is said of an epoch.
func epochLine(e train.EpochReport, epochs int, left time.Duration) string {
	text := fmt.Sprintf("epoch %d/%d  loss %.4f  accuracy in training %.4f  in test %.4f  test loss %.4f  %.0f images/s", e.Epoch, epochs, e.Loss, e.TrainAccuracy, e.TestAccuracy, e.TestLoss, e.ImagesPerSecond)
	if e.Epoch < epochs {
		text += fmt.Sprintf("  %v left", left.Round(time.Second))
	}
	return text
}

// trainingBar shows a bar for each epoch on a terminal, else nothing: nil.
func trainingBar() func(train.Progress) {
	if !interactive() {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(m train.Progress) {
		text := fmt.Sprintf("epoch %d/%d  loss %.3f  accuracy %.3f  %.0f images/s  %v left", m.Epoch, m.Epochs, m.Loss, m.Accuracy, m.ImagesPerSecond, m.Left.Round(time.Second))
		if bar == nil || bar.GetMax() != m.Batches {
			bar = progressbar.NewOptions(m.Batches, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowElapsedTimeOnFinish(),
				progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		text, width := barIn(terminalWidth(), text)
		progressbar.OptionSetWidth(width)(bar)
		bar.Describe(text)
		bar.Set(m.Batch)
		if m.Batch == m.Batches {
			bar.Finish()
			bar = nil
		}
	}
}

// barIn divides the width of a terminal between a bar, which is surrounded by
// " 100% |" and "|", and the text before it. Where there is no room for both, the bar
// is short and the text cut.
func barIn(columns int, text string) (string, int) {
	const around, shortest, longest = 10, 5, 30
	width := min(max(columns-around-len(text), shortest), longest)
	room := max(columns-around-width, 0)
	return text[:min(len(text), room)], width
}

// terminalWidth is the columns of the terminal on standard error.
func terminalWidth() int {
	if columns, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && columns > 0 {
		return columns
	}
	return 80
}

// endLine clears what a bar or status has left, so that what follows has a line of its
// own.
func endLine() { status("") }

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
	if err := atomicfile.Probe(dir, 0); err != nil {
		return fmt.Errorf("--%s %s: %w", flag, path, err)
	}
	return nil
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
	if err := atomicfile.Probe(path, 0); err != nil {
		return fmt.Errorf("--%s %s: %w", flag, path, err)
	}
	return nil
}
