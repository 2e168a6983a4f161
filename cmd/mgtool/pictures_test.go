package main

// Pictures for the scripts, made when they run.

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// writeShots is the script command shots FOLDER: one scene, 48 x 64 pixels of a sky, a
// sun and a meadow, as 1.jpg to 8.jpg with each orientation of EXIF, and as bmp, gif,
// png, tif.
func writeShots(ts *testscript.TestScript, _ bool, args []string) {
	const w, h = 48, 64
	scene := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.NRGBA{90, 150, 240, 255}, color.NRGBA{250, 220, 60, 255}, color.NRGBA{40, 140, 30, 255}})
	for y := range h {
		for x := range w {
			switch {
			case y >= 40:
				scene.SetColorIndex(x, y, 2)
			case x >= 32 && y < 16:
				scene.SetColorIndex(x, y, 1)
			}
		}
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o777))
	write := func(name string, content []byte) { ts.Check(os.WriteFile(filepath.Join(dir, name), content, 0o666)) }
	// Where the pixel of a stored row r and column c is seen.
	seen := []func(r, c int) (x, y int){
		func(r, c int) (int, int) { return c, r }, func(r, c int) (int, int) { return w - 1 - c, r },
		func(r, c int) (int, int) { return w - 1 - c, h - 1 - r }, func(r, c int) (int, int) { return c, h - 1 - r },
		func(r, c int) (int, int) { return r, c }, func(r, c int) (int, int) { return w - 1 - r, c },
		func(r, c int) (int, int) { return w - 1 - r, h - 1 - c }, func(r, c int) (int, int) { return r, h - 1 - c },
	}
	for i, at := range seen {
		size := image.Pt(w, h)
		if i >= 4 {
			size = image.Pt(h, w)
		}
		stored := image.NewRGBA(image.Rectangle{Max: size})
		for r := range size.Y {
			for c := range size.X {
				stored.Set(c, r, scene.At(at(r, c)))
			}
		}
		var b bytes.Buffer
		ts.Check(jpeg.Encode(&b, stored, &jpeg.Options{Quality: 100}))
		exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(i+1)) + "\x00\x00\x00\x00\x00\x00"
		write(fmt.Sprintf("%d.jpg", i+1), slices.Concat(b.Bytes()[:2], []byte(exif), b.Bytes()[2:]))
	}
	for name, encode := range map[string]func(b *bytes.Buffer) error{
		"bmp": func(b *bytes.Buffer) error { return bmp.Encode(b, scene) }, "gif": func(b *bytes.Buffer) error { return gif.Encode(b, scene, nil) },
		"png": func(b *bytes.Buffer) error { return png.Encode(b, scene) }, "tif": func(b *bytes.Buffer) error { return tiff.Encode(b, scene, nil) },
	} {
		var b bytes.Buffer
		ts.Check(encode(&b))
		write("scene."+name, b.Bytes())
	}
	webp := "RIFFJ\x00\x00\x00WEBPVP8 >\x00\x00\x00p\x02\x00\x9d\x01*\x10\x00\x18\x00\x00\xc0\x12%\xa0\x01\xd8\x03\xf0\x03\xf1\x00\x06eW\xbf\xe4\xa0\x00\xfe\xfbe\xb0M\x7f\xea\x8a\x93\xff\xffB\x87\xf4(\x1f7\xfd\x00\x8f\xff\xff\xb1\x99\xba\x7fD\x7f\xa4\"\xb0\x00\x00"
	write("other.webp", []byte(webp))
}

// writeTall is the script command tall FILE WIDTH HEIGHT: a black PNG.
func writeTall(ts *testscript.TestScript, _ bool, args []string) {
	w, err := strconv.Atoi(args[1])
	ts.Check(err)
	h, err := strconv.Atoi(args[2])
	ts.Check(err)
	var b bytes.Buffer
	ts.Check(png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// writeClasses is the script command classes FOLDER COUNT EACH: COUNT class folders of
// EACH small pictures, whose brightness and colour tell their class.
func writeClasses(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	each, err := strconv.Atoi(args[2])
	ts.Check(err)
	for class := range count {
		dir := filepath.Join(ts.MkAbs(args[0]), fmt.Sprintf("c%03d", class))
		ts.Check(os.MkdirAll(dir, 0o777))
		for k := range each {
			p := image.NewRGBA(image.Rect(0, 0, 12, 12))
			for i := range 144 {
				p.Set(i%12, i/12, color.RGBA{uint8(class * 251), uint8(class / 2), uint8(10*k + i%7), 255})
			}
			var b bytes.Buffer
			ts.Check(png.Encode(&b, p))
			ts.Check(os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.png", k)), b.Bytes(), 0o666))
		}
	}
}

// writeHostile is the script command hostile FOLDER: a damaged picture whose name has an
// escape and a line feed, if the system has such names.
func writeHostile(ts *testscript.TestScript, _ bool, args []string) {
	if err := os.WriteFile(filepath.Join(ts.MkAbs(args[0]), "a\x1b[31m\nb.png"), []byte("x"), 0o666); err != nil {
		ts.Logf("no such names here: %v", err)
	}
}

// One interrupt ends a command that waits for a pipe that nobody writes to.
func TestPipeInterrupted(t *testing.T) {
	mkfifo, err := exec.LookPath("mkfifo")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("no named pipes here")
	}
	dir, bin := installed(t)
	pipe := filepath.Join(dir, "pipe.png")
	if out, err := exec.Command(mkfifo, pipe).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, args := range [][]string{{"predict", pipe}, {"solve", "--rhs", pipe}, {"features", pipe, "--out", filepath.Join(dir, "f.png")}} {
		t.Run(args[0], func(t *testing.T) {
			c := exec.Command(bin, args...)
			var stderr strings.Builder
			c.Stderr = &stderr
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- c.Wait() }()
			time.Sleep(500 * time.Millisecond) // until it has begun
			select {
			case <-ended:
				t.Fatalf("it did not wait: %s", stderr.String())
			default:
			}
			c.Process.Signal(os.Interrupt)
			select {
			case <-ended:
				if code := c.ProcessState.ExitCode(); code != 1 || stderr.String() != "mgtool: stopped\n" {
					t.Errorf("status %d, %q; want 1, stopped", code, stderr.String())
				}
			case <-time.After(20 * time.Second):
				c.Process.Kill()
				t.Error("one interrupt does not end it")
			}
		})
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain ä 猫 \"q\"": "plain ä 猫 \"q\"", "a\x1b[31m\nb": `a\x1b[31m\nb`, "\xff\u202e": `\xff\u202e`, "\ufffd": "\ufffd",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q is printed as %s, want %s", text, got, want)
		}
	}
}
