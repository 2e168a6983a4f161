package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"image"
	_ "image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"codeberg.org/sbinet/npyio"
	"gonum.org/v1/gonum/mat"
)

var root = filepath.Join("..", "..")

// documented returns the pages of the documentation and, of each, the mgtool commands in
// its code blocks, in order, as arguments.
func documented(t *testing.T) (pages []string, commands map[string][][]string) {
	t.Helper()
	more, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append([]string{filepath.Join(root, "README.md"), filepath.Join(root, "testdata", "README.md")}, more...)
	commands = map[string][][]string{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(string(text), "\n```") {
			if i%2 == 0 {
				continue // prose
			}
			for line := range strings.Lines(block) {
				line, _, _ = strings.Cut(line, " #")
				line = strings.ReplaceAll(line, "go run ./cmd/mgtool", "mgtool")
				for _, args := range shellCommands(line) {
					if len(args) > 1 && args[0] == "mgtool" {
						commands[page] = append(commands[page], args[1:])
					}
				}
			}
		}
	}
	return pages, commands
}

// shellCommands are the words of the commands on a line, as a shell has them: |, ; and &
// part commands, and double quotes hold a word together.
func shellCommands(line string) (commands [][]string) {
	var words []string
	var word strings.Builder
	quoted, some := false, false
	endWord := func() {
		if some {
			words = append(words, word.String())
		}
		word.Reset()
		some = false
	}
	endCommand := func() {
		endWord()
		if words != nil {
			commands = append(commands, words)
		}
		words = nil
	}
	for _, r := range line {
		switch {
		case r == '"':
			quoted, some = !quoted, true
		case quoted:
			word.WriteRune(r)
		case strings.ContainsRune("|;&", r):
			endCommand()
		case strings.ContainsRune(" \t\r\n", r):
			endWord()
		default:
			word.WriteRune(r)
			some = true
		}
	}
	endCommand()
	return commands
}

func TestShellCommands(t *testing.T) {
	got := shellCommands(`mgtool solve --g "x < 1; y" --c="2 | 3" | cat && mgtool x ""` + "\n")
	want := [][]string{{"mgtool", "solve", "--g", "x < 1; y", "--c=2 | 3"}, {"cat"}, {"mgtool", "x", ""}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q; want %q", got, want)
	}
}

// inDocumentedFolder makes a folder with testdata in it, as the root of the tree is, and
// returns a function that runs mgtool there.
func inDocumentedFolder(t *testing.T) (dir string, run func(args ...string) (string, error)) {
	t.Helper()
	dir = t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Abs(filepath.Join(root, "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "mgtool")
	for link, target := range map[string]string{bin: self, filepath.Join(dir, "testdata"): data} {
		if err := os.Symlink(target, link); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	return dir, func(args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		c := exec.CommandContext(ctx, bin, args...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		return string(out), err
	}
}

// Every command that the documentation names has the verbs and the flags that it uses.
func TestDocumentedFlags(t *testing.T) {
	_, run := inDocumentedFolder(t)
	pages, commands := documented(t)
	count := 0
	for _, page := range pages {
		for _, args := range commands[page] {
			count++
			if out, err := run(append(args, "--help")...); err != nil {
				t.Errorf("%s: mgtool %s: %v: %s", page, strings.Join(args, " "), err, out)
			}
		}
	}
	if count < 50 {
		t.Errorf("%d commands found; the documentation has more", count)
	}
	if _, err := run("solve", "--no-such-flag", "--help"); err == nil {
		t.Error("a flag that there is not passes: this test sees nothing")
	}
}

// notHere matches the documented commands that need data which are not in the tree, or
// minutes, or that write into the tree.
var notHere = regexp.MustCompile(`cifar|mnist|ETTh1|etth1|cora|edges\.txt|laplacian\.mtx|geometric|finer|other\.safetensors|runs/fast|photos|theirs|newer|recipe\.json|^demo|^bench|^compare|--out testdata|^predict -$`)

// Every other command does what it is documented to do, after those that stand before it
// on its page. Trainings on the embedded sample are cut short, and those of networks.
func TestDocumentedCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	pages, commands := documented(t)
	ran := map[string]int{}
	for _, page := range pages {
		dir, run := inDocumentedFolder(t)
		for _, args := range commands[page] {
			line := strings.Join(args, " ")
			if notHere.MatchString(line) {
				continue
			}
			if strings.Contains(line, "--data sample") && (args[0] == "train" || args[0] == "classify") {
				args = append(args, "--limit", "200")
			}
			switch {
			case strings.HasPrefix(line, "data make darcy"):
				args = append(args, "--n", "16", "--every", "1", "--count", "16", "--test", "4")
			case strings.HasPrefix(line, "train fields"):
				args = append(args, "--epochs", "1")
			case strings.HasPrefix(line, "data make shapes"):
				args = append(args, "--count", "32", "--test", "4", "--size", "16")
			case strings.HasPrefix(line, "train masks"):
				args = append(args, "--epochs", "1")
			case strings.HasPrefix(line, "learn "):
				args = append(args, "--n", "32", "--rounds", "2")
			case strings.HasPrefix(line, "train sequences"):
				args = append(args, "--epochs", "1", "--limit", "64")
			case strings.HasPrefix(line, "meta train"):
				args = append(args, "--steps", "20")
			case strings.HasPrefix(line, "approximate rates"):
				args = append(args, "--terms", "8", "--seeds", "2")
			case strings.HasPrefix(line, "approximate modes"):
				args = append(args, "--steps", "100")
			case strings.HasPrefix(line, "meta compare"):
				args = append(args, "--n", "32", "--problems", "2", "--trained=false")
			}
			begin := time.Now()
			ran[args[0]]++
			out, err := run(args...)
			if err != nil {
				t.Errorf("%s: mgtool %s: %v: %s", page, line, err, out)
			}
			t.Logf("%.1f s: mgtool %s", time.Since(begin).Seconds(), line)
			if want := documentedOutput[args[0]]; want != "" && strings.Contains(line, "testdata/") && !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("%s: mgtool %s: want a line with %s; got\n%s", page, line, want, out)
			}
		}
		if page == filepath.Join(root, "README.md") {
			showsTheCat(t, filepath.Join(dir, "cat-again.npy"))
		}
	}
	for _, verb := range []string{"solve", "evolve", "image", "lfa", "train", "eval", "predict", "model", "data", "features", "classify"} {
		if ran[verb] == 0 {
			t.Errorf("no command mgtool %s ran", verb)
		}
	}
}

// documentedOutput is what a verb prints for an input of testdata.
var documentedOutput = map[string]string{
	"solve":   `converged`,
	"evolve":  `done after 40 steps`,
	"image":   `converged after \d+ cycles`,
	"train":   `test accuracy (1|0\.[6-9])|test loss 0\.2\d+ \(last epoch\)`,
	"predict": `cat +0\.(79|80)|[Bb]ag +|[Ss]neaker +|2024-02-07 12:00:00 +4\d\.`,
	"data":    `4 classes, 48 training and 16 test files`,
}

// showsTheCat checks that the solution for cat.npy is the middle of cat.png, in grey.
func showsTheCat(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var u mat.Dense
	if err := npyio.Read(f, &u); err != nil {
		t.Fatal(err)
	}
	cat := decode(t, filepath.Join(root, "testdata", "cat.png"))
	// Vertex (i, j) is a mean of the pixels around one, so that they are not equal: 0.02
	// on average. A picture that is grey all over is 0.1 off.
	const n, half = 128, 150
	var sum float64
	for j := 1; j < n; j++ {
		for i := 1; i < n; i++ {
			x, y := 225+(2*i-n)*half/(n-1), 150+(n-2*j)*half/(n-1)
			r, g, b, _ := cat.At(x, y).RGBA()
			sum += math.Abs(u.At(j, i) - (0.299*float64(r)+0.587*float64(g)+0.114*float64(b))/0xffff)
		}
	}
	if mean := sum / ((n - 1) * (n - 1)); !(mean < .03) {
		t.Errorf("u differs from the photograph by %.4f on average; want less than 0.03", mean)
	}
}

func decode(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// The pictures of testdata/clothes are those of the embedded sample that their names say.
func TestClothesAreOfTheSample(t *testing.T) {
	pixels := map[string][]byte{}
	for split, part := range map[string]string{"train": "train", "test": "t10k"} {
		data, err := os.ReadFile(filepath.Join(root, "vision", "sample", part+"-images-idx3-ubyte.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		pixels[split] = all[16:]
	}
	names, err := filepath.Glob(filepath.Join(root, "testdata", "clothes", "*", "*", "*.png"))
	if err != nil || len(names) != 64 {
		t.Fatalf("%d pictures, %v; want 64", len(names), err)
	}
	for _, name := range names {
		split := filepath.Base(filepath.Dir(filepath.Dir(name)))
		index, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".png"))
		if err != nil {
			t.Fatal(err)
		}
		img, ok := decode(t, name).(*image.Gray)
		if !ok || fmt.Sprint(img.Rect) != "(0,0)-(28,28)" || !bytes.Equal(img.Pix, pixels[split][28*28*index:][:28*28]) {
			t.Errorf("%s is not image %d of the sample", name, index)
		}
	}
}
