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
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"codeberg.org/sbinet/npyio"
	"gonum.org/v1/gonum/mat"
)

var root = filepath.Join("..", "..")

// documented returns the mgtool commands in the code blocks of the documentation, in
// order, as arguments.
func documented(t *testing.T) (commands [][]string) {
	t.Helper()
	pages := []string{filepath.Join(root, "README.md"), filepath.Join(root, "testdata", "README.md")}
	more, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, more...) {
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
				for _, c := range regexp.MustCompile(`[|;]|&&`).Split(line, -1) {
					if args := strings.Fields(c); len(args) > 1 && args[0] == "mgtool" {
						commands = append(commands, args[1:])
					}
				}
			}
		}
	}
	return commands
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
	commands := documented(t)
	if len(commands) < 50 {
		t.Fatalf("%d commands found; the documentation has more", len(commands))
	}
	for _, args := range commands {
		if out, err := run(append(args, "--help")...); err != nil {
			t.Errorf("mgtool %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	if _, err := run("solve", "--no-such-flag", "--help"); err == nil {
		t.Error("a flag that there is not passes: this test sees nothing")
	}
}

// Commands on testdata do what they are documented to do, in the order of the pages.
func TestDocumentedCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	dir, run := inDocumentedFolder(t)
	ran := 0
	for _, args := range documented(t) {
		line := strings.Join(args, " ")
		if !strings.Contains(line, "testdata/") && !strings.Contains(line, "runs/clothes") || strings.Contains(line, "--data fashion-mnist") || strings.Contains(line, "--out testdata") {
			continue
		}
		ran++
		out, err := run(args...)
		if err != nil {
			t.Errorf("mgtool %s: %v: %s", line, err, out)
		}
		if want := documentedOutput[args[0]]; want != "" && !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("mgtool %s: want a line with %s; got\n%s", line, want, out)
		}
	}
	if ran < len(documentedOutput) {
		t.Errorf("%d commands on testdata", ran)
	}
	// What is solved for is the picture itself: the middle of cat.png, in grey.
	f, err := os.Open(filepath.Join(dir, "cat-again.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var u mat.Dense
	if err := npyio.Read(f, &u); err != nil {
		t.Fatal(err)
	}
	cat := decode(t, filepath.Join(root, "testdata", "cat.png"))
	var sum, all float64
	const n, half = 128, 150 // half the height of the picture
	for j := 1; j < n; j++ {
		for i := 1; i < n; i++ {
			x, y := 225+(i-n/2)*2*half/(n-1), 150+(n/2-j)*2*half/(n-1)
			r, g, b, _ := cat.At(x, min(y, 299)).RGBA()
			grey := (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)) / 0xffff
			sum, all = sum+math.Abs(u.At(j, i)-grey), all+math.Abs(grey-.5)
		}
	}
	// A pixel is the mean of some here, and one of them there: 0.02 on average.
	if mean := sum / ((n - 1) * (n - 1)); !(mean < .04) {
		t.Errorf("u differs from the photograph by %.3f on average; want less than 0.04 (grey all over is off by %.3f)", mean, all/((n-1)*(n-1)))
	}
}

// documentedOutput is what a verb prints on testdata.
var documentedOutput = map[string]string{
	"solve":   `converged`,
	"predict": `cat +0\.[789]|Bag +(1\.0|0\.9)`,
	"eval":    `accuracy (1|0\.[6-9])`,
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
