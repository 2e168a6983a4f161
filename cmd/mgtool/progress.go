package main

// Progress, on standard error: a status line and bars on a terminal, notes everywhere.

import (
	"fmt"
	"math"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"mgtool/mgnet/train"
	"mgtool/tool"
)

// interactive reports whether standard error is a terminal.
func interactive() bool { return term.IsTerminal(int(os.Stderr.Fd())) }

// status shows the progress of a long job on one line of a terminal. The next call
// overwrites the line; an empty text clears it. Without a terminal it prints nothing.
func status(format string, a ...any) {
	if interactive() {
		fmt.Fprint(os.Stderr, "\r\033[K"+fmt.Sprintf(format, a...))
	}
}

// stage prints what begins, on a terminal.
func stage(name string) { status("%s …\n", name) }

// reporter shows what a job reports on standard error.
var reporter = tool.Reporter{
	Status: func(text string) { status("%s", printable(text)) },
	Note: func(text string) {
		endLine()
		fmt.Fprintln(os.Stderr, printable(text))
	},
}

// trainingProgress shows the progress of a training: on a terminal a bar for each
// epoch, everywhere a line after each epoch. bars is for [train.Trainer.Train], lines
// for its OnEpoch.
func trainingProgress(epochs int) (bars func(train.Progress), lines func(train.EpochReport, time.Duration)) {
	lines = func(e train.EpochReport, left time.Duration) {
		endLine()
		fmt.Fprintln(os.Stderr, epochLine(e, epochs, left))
	}
	return trainingBar(), lines
}

// epochLine is the line after an epoch.
func epochLine(e train.EpochReport, epochs int, left time.Duration) string {
	text := fmt.Sprintf("epoch %d/%d  loss %.4f  test loss %.4f  %.0f samples/s", e.Epoch, epochs, e.Loss, e.TestLoss, e.ImagesPerSecond)
	if !math.IsNaN(e.TestAccuracy) {
		text = fmt.Sprintf("epoch %d/%d  loss %.4f  accuracy in training %.4f  in test %.4f  test loss %.4f  %.0f images/s", e.Epoch, epochs, e.Loss, e.TrainAccuracy, e.TestAccuracy, e.TestLoss, e.ImagesPerSecond)
	}
	if e.Epoch < epochs {
		text += fmt.Sprintf("  %v left", left.Round(time.Second))
	}
	return text
}

// trainingBar shows a bar for each epoch; it is nil without a terminal.
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

// barIn divides the width of a terminal between a bar, framed by " 100% |" and "|", and
// the text before it. Without room for both, it shortens the bar and cuts the text.
func barIn(columns int, text string) (string, int) {
	const around, shortest, longest = 10, 5, 30
	width := min(max(columns-around-len(text), shortest), longest)
	room := max(columns-around-width, 0)
	return text[:min(len(text), room)], width
}

// terminalWidth is the width in columns of the terminal on standard error.
func terminalWidth() int {
	if columns, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && columns > 0 {
		return columns
	}
	return 80
}

// endLine clears the line of a bar or status for what is printed next.
func endLine() { status("") }

// downloadBar shows the progress of each file of a download.
func downloadBar() func(file string, done, total int64) {
	var bar *progressbar.ProgressBar
	current := ""
	return func(file string, done, total int64) {
		if !interactive() {
			return
		}
		if file != current {
			bar, current = progressbar.DefaultBytes(total, file), file
		}
		bar.Set64(done)
	}
}
