// Command accuracy runs the trainings behind docs/results/accuracy and makes their
// page.
//
//	go run ./benchmarks/accuracy run [-data DIR] [-runs DIR] [NAME…]
//	go run ./benchmarks/accuracy page
//
// run runs the experiments of list.go whose results are not yet in docs/results/accuracy,
// one training after another. Each writes one file when it is done, and resumes if it was
// stopped. NAME is an experiment, with or without a seed, or a prefix of several; the
// default is all. The data sets are in the folders mnist, fashion-mnist and cifar10 of
// -data; -runs keeps checkpoints. page makes the page.
package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"mgtool/internal/atomicfile"
)

// results is where the files are, from the root of the project.
const results = "docs/results/accuracy"

// result is a file: one training or classifier, with all that repeats it.
type result struct {
	Name    string             `json:"name"`
	Seed    int                `json:"seed"`
	Command string             `json:"command"`
	Commit  string             `json:"commit"`
	Machine string             `json:"machine"`
	Date    string             `json:"date"`
	Result  map[string]any     `json:"result"`            // what mgtool printed
	TTA     map[string]float64 `json:"tta,omitempty"`     // test accuracy by test-time augmentation
	Metrics [][]string         `json:"metrics,omitempty"` // metrics.csv
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := dispatch(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if _, err := os.Stat(filepath.Join("cmd", "mgtool")); err != nil {
		return fmt.Errorf("want to be started in the root of the project: %w", err)
	}
	switch {
	case len(args) == 1 && args[0] == "page":
		return page()
	case len(args) == 0 || args[0] != "run":
		return errors.New("want run or page; see the comment of main.go")
	}
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	data := flags.String("data", os.Getenv("MGTOOL_DATA_DIR"), "folder of the data sets")
	runs := flags.String("runs", "runs/accuracy", "folder of the runs")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *data == "" {
		return errors.New("want -data DIR, or MGTOOL_DATA_DIR")
	}
	r := runner{data: *data, runs: *runs, tool: filepath.Join(*runs, "mgtool")}
	if err := os.MkdirAll(*runs, 0o755); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", r.tool, "./cmd/mgtool").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	names := flags.Args()
	for _, e := range experiments {
		for _, seed := range e.seeds {
			if len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(id(e, seed), n) }) {
				continue
			}
			if err := r.do(ctx, e, seed); err != nil {
				return fmt.Errorf("%s, seed %d: %w", e.name, seed, err)
			}
		}
	}
	return nil
}

// id names a training in all files.
func id(e experiment, seed int) string { return fmt.Sprintf("%s-%d", e.name, seed) }

// runner runs experiments with one build of mgtool.
type runner struct{ data, runs, tool string }

// do runs an experiment with one seed, unless its result is there.
func (r runner) do(ctx context.Context, e experiment, seed int) error {
	id := id(e, seed)
	file := filepath.Join(results, id+".json")
	if _, err := os.Stat(file); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	args := slices.Concat(strings.Fields(e.args), []string{"--seed", fmt.Sprint(seed)})
	out := result{Name: e.name, Seed: seed, Command: "mgtool " + strings.Join(args, " "), Commit: commit(), Machine: machine(), Date: time.Now().UTC().Format("2006-01-02")}
	fmt.Fprintln(os.Stderr, time.Now().Format("15:04:05"), id+":", out.Command)
	args = append(args, "--json")
	if e.data() != "sample" { // which is built in
		args = append(args, "--data-dir", filepath.Join(r.data, e.data()))
	}
	dir := filepath.Join(r.runs, id)
	if e.trains() {
		if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
			args = []string{"train", "--resume", dir, "--json"}
			if _, threads, ok := strings.Cut(e.args, "--threads "); ok { // not kept with the run: it changes no bit
				args = append(args, "--threads", strings.Fields(threads)[0])
			}
		} else {
			args = append(args, "--out", dir)
		}
	}
	var err error
	if out.Result, err = r.call(ctx, args...); err != nil {
		return err
	}
	if e.trains() {
		delete(out.Result, "run")
		if out.Metrics, err = readCSV(filepath.Join(dir, "metrics.csv")); err != nil {
			return err
		}
		out.TTA = map[string]float64{}
		for _, tta := range []string{"none", "mirror"} {
			if tta == "mirror" && !e.mirrors() {
				continue
			}
			found, err := r.call(ctx, "eval", "--run", dir, "--tta", tta, "--json")
			if err != nil {
				return err
			}
			out.TTA[tta], _ = found["test_accuracy"].(float64)
		}
	}
	text, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, time.Now().Format("15:04:05"), id+":", out.Result["test_accuracy"])
	if err := os.MkdirAll(results, 0o755); err != nil {
		return err
	}
	return write(file, append(text, '\n'))
}

// write writes a file, whole or not at all.
func write(file string, text []byte) error {
	return atomicfile.Write(file, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// call runs mgtool and reads what it prints.
func (r runner) call(ctx context.Context, args ...string) (map[string]any, error) {
	c := exec.CommandContext(ctx, r.tool, args...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) } // it saves a checkpoint
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, os.Stderr
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("mgtool %s: %w", strings.Join(args, " "), err)
	}
	var v map[string]any
	return v, json.Unmarshal(out.Bytes(), &v)
}

func readCSV(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return csv.NewReader(f).ReadAll()
}

// commit is that of the checkout, marked if there are changes to it.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--abbrev=9", "--dirty=+").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// machine is the processor and the number of its cores that are used.
func machine() string {
	name := runtime.GOARCH
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		text, _ := io.ReadAll(f)
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(key, "model name") {
				name = strings.TrimSpace(value)
				break
			}
		}
		if strings.Contains(string(text), " avx512f") {
			name += ", AVX-512"
		} else if strings.Contains(string(text), " avx2") {
			name += ", AVX2"
		}
	}
	return fmt.Sprintf("%d cores of %s", runtime.NumCPU(), name)
}
