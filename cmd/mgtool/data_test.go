package main

// Data for the scripts, made when they run.

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// writeCIFAR100 is the script command cifar100 FOLDER: the two files of CIFAR-100
// with 40 and 20 images, whose brightness tells their class.
func writeCIFAR100(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o777))
	for name, count := range map[string]int{"train.bin": 40, "test.bin": 20} {
		var raw []byte
		for i := range count {
			coarse := byte(i % 2)
			raw = append(raw, coarse, 50*coarse)
			raw = append(raw, bytes.Repeat([]byte{40 + 150*coarse + byte(i)}, 3072)...)
		}
		ts.Check(os.WriteFile(filepath.Join(dir, name), raw, 0o666))
	}
}

// writePictures is the script command pictures FOLDER: 20 JPEG files of two
// classes, bright and dark, of different sizes.
func writePictures(ts *testscript.TestScript, _ bool, args []string) {
	for label, class := range []string{"bright", "dark"} {
		dir := filepath.Join(ts.MkAbs(args[0]), class)
		ts.Check(os.MkdirAll(dir, 0o777))
		for i := range 10 {
			p := image.NewGray(image.Rect(0, 0, 20+i, 30-i))
			for k := range p.Pix {
				p.Pix[k] = uint8(120*(1-label) + 7*i + k%20)
			}
			var b bytes.Buffer
			ts.Check(jpeg.Encode(&b, p, nil))
			ts.Check(os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.jpg", i)), b.Bytes(), 0o666))
		}
	}
}
