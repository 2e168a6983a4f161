package main

// Data for the scripts, made when they run.

import (
	"bytes"
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
