//go:build ignore

// Draw writes the embedded sample: the same number of images of every class,
// drawn without replacement from Fashion-MNIST, those for training from its
// training file and those for testing from its test file. The same official
// files give the same bytes every time:
//
//	go run ./vision/sample/draw.go -data FOLDER -out vision/sample
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"flag"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"

	"mgtool/vision"
)

// Images a class.
const (
	trainEach = 160
	testEach  = 40
)

func main() {
	log.SetFlags(0)
	data := flag.String("data", "", "folder of the four official files")
	out := flag.String("out", ".", "folder to write to")
	flag.Parse()
	train, test, err := vision.Load("fashion-mnist", *data)
	if err != nil {
		log.Fatal(err)
	}
	draw(train, trainEach, 1, filepath.Join(*out, "train"))
	draw(test, testEach, 2, filepath.Join(*out, "t10k"))
}

// draw writes each images of every class to a pair of idx files. The classes
// take turns, so the first n images are balanced for any n.
func draw(d *vision.Dataset, each int, seed uint64, prefix string) {
	members := make([][]int, len(d.Classes))
	for i, l := range d.Labels {
		members[l] = append(members[l], i)
	}
	for c, m := range members {
		r := rand.New(rand.NewPCG(seed, uint64(c)))
		r.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	}
	n := each * len(members)
	images := idx(0x0803, n, d.Height, d.Width)
	labels := idx(0x0801, n)
	for k := range each {
		for c, m := range members {
			images.Write(d.Image(m[k]))
			labels.WriteByte(uint8(c))
		}
	}
	write(prefix+"-images-idx3-ubyte.gz", images.Bytes())
	write(prefix+"-labels-idx1-ubyte.gz", labels.Bytes())
}

// idx starts an idx file.
func idx(header ...int) *bytes.Buffer {
	var b bytes.Buffer
	for _, h := range header {
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(h)))
	}
	return &b
}

// write packs without a name or a time, so that the bytes stay the same.
func write(file string, content []byte) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := z.Write(content); err != nil {
		log.Fatal(err)
	}
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
