package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inProject makes an empty project, with the results that are named, the folder of the
// test, and returns the folder of the committed results.
func inProject(t *testing.T, pattern string) (committed string) {
	t.Helper()
	committed, err := filepath.Abs(filepath.Join("..", "..", results))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(committed, pattern))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, dir := range []string{results, "cmd/mgtool"} {
		if err := os.MkdirAll(filepath.FromSlash(dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(results, filepath.Base(file)), string(text))
	}
	return committed
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// build makes mgtool.
func build(t *testing.T) (tool string) {
	t.Helper()
	tool = filepath.Join(t.TempDir(), "mgtool")
	if out, err := exec.Command("go", "build", "-o", tool, "mgtool/cmd/mgtool").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return tool
}

// tiny is an experiment of about a second on the embedded images.
var tiny = experiment{"Sample", "tiny", "a tiny one", one,
	"train --data sample --limit 40 --model mgnet --channels 2 --smoothings 1 --recipe quick --batch 20 --epochs 2 --threads 1", ""}

// readResult reads a result file.
func readResult(t *testing.T, name string) (r result) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(results, name+".json"))
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A run ends in a file that holds the command, what it printed and its metrics; it is
// not run again once that file is there, and a run that was stopped goes on.
func TestRun(t *testing.T) {
	tool := build(t)
	inProject(t, "none")
	r := runner{runs: "runs", tool: tool}
	if err := r.do(t.Context(), tiny, 7); err != nil {
		t.Fatal(err)
	}
	got := readResult(t, "tiny-7")
	if got.Name != "tiny" || got.Seed != 7 || got.Command != "mgtool "+tiny.args+" --seed 7" || got.Machine == "" || got.Date == "" {
		t.Errorf("result of %s, seed %d: %q on %q, %q", got.Name, got.Seed, got.Command, got.Machine, got.Date)
	}
	if len(got.Metrics) != 3 || got.Metrics[0][0] != "epoch" || got.Metrics[2][0] != "2" {
		t.Errorf("metrics %v; want a header and two epochs", got.Metrics)
	}
	accuracy, ok := got.Result["test_accuracy"].(float64)
	if mirrored, both := got.TTA["mirror"]; !ok || !both || got.TTA["none"] != accuracy || mirrored < 0 || mirrored > 1 {
		t.Errorf("test accuracy %v, by view %v; want the same without a mirror", got.Result["test_accuracy"], got.TTA)
	}
	if _, there := got.Result["run"]; there {
		t.Error("the result names a folder, which others do not have")
	}

	if err := (runner{runs: "runs", tool: "no such program"}).do(t.Context(), tiny, 7); err != nil {
		t.Errorf("a run that is done was begun again: %v", err)
	}
	if err := os.Remove(filepath.Join(results, "tiny-7.json")); err != nil {
		t.Fatal(err)
	}
	if err := r.do(t.Context(), tiny, 7); err != nil { // its folder is there: mgtool refuses to begin in it
		t.Fatal(err)
	}
	again := readResult(t, "tiny-7")
	loss, _ := got.Result["loss"].(float64)
	resumed, _ := again.Result["loss"].(float64) // of metrics.csv, which has eight digits
	if again.Result["test_accuracy"] != accuracy || math.Abs(resumed-loss) > 1e-7*loss || again.Command != got.Command {
		t.Errorf("resumed, the result is %v; want %v", again.Result, got.Result)
	}

	wrong := tiny
	wrong.name, wrong.args = "wrong", tiny.args+" --channels 0"
	if err := r.do(t.Context(), wrong, 1); err == nil || !strings.Contains(err.Error(), "--channels 0") {
		t.Errorf("a run that fails gives %v; want its command", err)
	}
	if _, err := os.Stat(filepath.Join(results, "wrong-1.json")); err == nil {
		t.Error("a run that failed has a result")
	}
}

// A classifier without layers has no metrics and no test-time augmentation.
func TestRunClassifier(t *testing.T) {
	tool := build(t)
	inProject(t, "none")
	e := experiment{"Sample", "logistic", "", one, "classify logistic --data sample --limit 40 --max-iterations 5", ""}
	if err := (runner{runs: "runs", tool: tool}).do(t.Context(), e, 1); err != nil {
		t.Fatal(err)
	}
	got := readResult(t, "logistic-1")
	if _, ok := got.Result["test_accuracy"].(float64); !ok || got.Metrics != nil || got.TTA != nil {
		t.Errorf("result %v, metrics %v, by view %v", got.Result, got.Metrics, got.TTA)
	}
}

// The page of the committed results is the committed page, pictures included.
func TestPageIsCommitted(t *testing.T) {
	committed := inProject(t, "*.json")
	if err := dispatch(t.Context(), []string{"page"}); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, dir := range []string{committed, results} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names[e.Name()] = true
		}
	}
	for name := range names {
		want, err := os.ReadFile(filepath.Join(committed, name))
		if err != nil {
			t.Errorf("the page makes %s, which is not committed", name)
			continue
		}
		got, err := os.ReadFile(filepath.Join(results, name))
		if err != nil {
			t.Errorf("%s is committed, but the page does not make it", name)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s differs from the committed one; run: go run ./benchmarks/accuracy page", name)
		}
	}
}

// A result file that is damaged is named, and the page stays as it is.
func TestDamagedResults(t *testing.T) {
	for about, text := range map[string]string{
		"empty": "", "cut off": `{"name": "fast", "seed": 1, "res`, "another type": `{"name": 3}`, "a list": `[]`,
	} {
		t.Run(about, func(t *testing.T) {
			inProject(t, "fast-?.json")
			put(t, filepath.Join(results, "fast-2.json"), text)
			put(t, filepath.Join(results, "README.md"), "old")
			if err := page(); err == nil || !strings.Contains(err.Error(), "fast-2.json") {
				t.Errorf("error %v; want one that names fast-2.json", err)
			}
			if text, _ := os.ReadFile(filepath.Join(results, "README.md")); string(text) != "old" {
				t.Errorf("the page has become %q", text)
			}
		})
	}
}

// What is asked for wrongly is said in a line.
func TestDispatchErrors(t *testing.T) {
	t.Setenv("MGTOOL_DATA_DIR", "")
	if err := dispatch(t.Context(), []string{"page"}); err == nil || !strings.Contains(err.Error(), "root of the project") {
		t.Errorf("in another folder: %v", err)
	}
	inProject(t, "none")
	for args, want := range map[string]string{"": "run or page", "pages": "run or page", "page now": "run or page", "run": "-data DIR"} {
		if err := dispatch(t.Context(), strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", args, err, want)
		}
	}
}

// A result says which commit and which machine it is of.
func TestOrigin(t *testing.T) {
	if c := commit(); c == "" || strings.ContainsAny(c, " \n") {
		t.Errorf("commit %q", c)
	}
	if m := machine(); !strings.Contains(m, " cores of ") || strings.Contains(m, "\n") {
		t.Errorf("machine %q", m)
	}
	kinds := vectors([]result{{Machine: "2 cores of X, AVX2"}, {Machine: "4 cores of Y, AVX-512"}, {Machine: "8 cores of Z, AVX2"}})
	if kinds != "AVX2, AVX-512" {
		t.Errorf("kinds of machines %q", kinds)
	}
}

// Committed results are of experiments of the list, by their names and seeds.
func TestResultsAreListed(t *testing.T) {
	inProject(t, "*.json")
	files, err := os.ReadDir(results)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d results (%v)", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), ".json")
		r := readResult(t, name)
		listed := slices.ContainsFunc(experiments, func(e experiment) bool { return e.name == r.Name && slices.Contains(e.seeds, r.Seed) })
		if !listed || name != fmt.Sprintf("%s-%d", r.Name, r.Seed) {
			t.Errorf("%s is of experiment %s with seed %d, which is not in the list", file.Name(), r.Name, r.Seed)
		}
	}
}
