// Draw makes clothes/, cat.npy, eye.png, scratches.png, scratched.jpg, sink.png and plates.png
// of this folder; README.md says what they are.
//
//	go run ./testdata/draw.go
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"

	"codeberg.org/sbinet/npyio"
	"golang.org/x/image/draw"
	"gonum.org/v1/gonum/mat"
)

// classes are some of the ten of Fashion-MNIST, by label.
var classes = map[byte]string{1: "trouser", 2: "pullover", 7: "sneaker", 8: "bag"}

const (
	side  = 28  // pixels of an image of Fashion-MNIST
	cells = 128 // a side of the grid of cat.npy
)

func main() {
	in := flag.String("sample", filepath.Join("vision", "sample"), "folder of the sample of Fashion-MNIST")
	dir := flag.String("dir", "testdata", "folder that holds cat.png and gets the rest")
	flag.Parse()
	for _, err := range []error{
		clothes(*in, "train", filepath.Join(*dir, "clothes", "train"), 12),
		clothes(*in, "t10k", filepath.Join(*dir, "clothes", "test"), 4),
		laplacian(filepath.Join(*dir, "cat.png"), filepath.Join(*dir, "cat.npy")),
		eye(filepath.Join(*dir, "eye.png")),
		sink(filepath.Join(*dir, "sink.png")),
		plates(filepath.Join(*dir, "plates.png")),
		scratch(filepath.Join(*dir, "cat.png"), filepath.Join(*dir, "scratched.jpg"), filepath.Join(*dir, "scratches.png")),
	} {
		if err != nil {
			log.Fatal(err)
		}
	}
}

// clothes writes the first images of each class in a part of the sample as
// out/CLASS/INDEX.png.
func clothes(in, part, out string, perClass int) error {
	pixels, err := unpack(filepath.Join(in, part+"-images-idx3-ubyte.gz"), 16)
	if err != nil {
		return err
	}
	labels, err := unpack(filepath.Join(in, part+"-labels-idx1-ubyte.gz"), 8)
	if err != nil {
		return err
	}
	written := map[byte]int{}
	for i, label := range labels {
		class, ok := classes[label]
		if !ok || written[label] == perClass {
			continue
		}
		written[label]++
		img := &image.Gray{Pix: pixels[i*side*side:][:side*side], Stride: side, Rect: image.Rect(0, 0, side, side)}
		var file bytes.Buffer
		if err := png.Encode(&file, img); err != nil {
			return err
		}
		name := filepath.Join(out, class, fmt.Sprintf("%04d.png", i))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, file.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// unpack returns what follows the header of a gzipped idx file.
func unpack(path string, header int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	return b[header:], nil
}

// laplacian writes g = −Δ u of the five-point formula, where u is the middle of a
// picture, in grey from 0 to 1, at the interior vertices of the unit square, and 0 on its
// boundary. Row 0 of the file is y = 0, which the picture's bottom row is next to.
func laplacian(in, out string) error {
	f, err := os.Open(in)
	if err != nil {
		return err
	}
	defer f.Close()
	src, _, err := image.Decode(f)
	if err != nil {
		return err
	}
	b := src.Bounds()
	half := min(b.Dx(), b.Dy()) / 2
	middle := b.Min.Add(b.Max).Div(2)
	square := image.Rectangle{middle, middle}.Inset(-half)
	const n = cells
	grey := image.NewRGBA64(image.Rect(0, 0, n-1, n-1))
	draw.CatmullRom.Scale(grey, grey.Bounds(), src, square, draw.Src, nil)
	u := func(i, j int) float64 { // at (i, j)/n
		if i == 0 || i == n || j == 0 || j == n {
			return 0
		}
		return float64(color.Gray16Model.Convert(grey.At(i-1, n-1-j)).(color.Gray16).Y) / 0xffff
	}
	g := mat.NewDense(n+1, n+1, nil)
	for j := 1; j < n; j++ {
		for i := 1; i < n; i++ {
			g.Set(j, i, n*n*(4*u(i, j)-u(i-1, j)-u(i+1, j)-u(i, j-1)-u(i, j+1)))
		}
	}
	var file bytes.Buffer
	if err := npyio.Write(&file, g); err != nil {
		return err
	}
	return os.WriteFile(out, file.Bytes(), 0o666)
}

// eye writes a mask for cat.png: an ellipse around the left eye.
func eye(out string) error {
	const width, height = 451, 300
	mask := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if math.Hypot(float64(x-171)/46, float64(y-116)/38) < 1 {
				mask.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return write(out, func(w io.Writer) error { return png.Encode(w, mask) })
}

// sink writes the cross-section of a heat sink, a plate with fins, in white: a pixel a cell.
func sink(out string) error {
	const side, plate, pitch, fin = 128, 16, 18, 8
	body := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			up := side - 1 - y
			inFin := (x+5)%pitch < fin && up < 110-(x-62)*(x-62)/90
			if x >= 8 && x < 116 && (up < plate || inFin) {
				body.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return write(out, func(w io.Writer) error { return png.Encode(w, body) })
}

// plates writes a square in white with the two plates of a capacitor cut out.
func plates(out string) error {
	const side = 128
	space := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			plate := y >= 40 && y < 46 || y >= 82 && y < 88
			if !(plate && x >= 24 && x < 104) {
				space.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return write(out, func(w io.Writer) error { return png.Encode(w, space) })
}

// scratch writes a picture with white scratches, and a mask of them that is a little wider,
// since JPEG spreads what it stores.
func scratch(in, out, outMask string) error {
	f, err := os.Open(in)
	if err != nil {
		return err
	}
	defer f.Close()
	src, _, err := image.Decode(f)
	if err != nil {
		return err
	}
	b := src.Bounds()
	picture, mask := image.NewRGBA(b), image.NewGray(b)
	draw.Draw(picture, b, src, b.Min, draw.Src)
	for k := range 7 { // a sine curve each
		for x := b.Min.X; x < b.Max.X; x++ {
			for y := b.Min.Y; y < b.Max.Y; y++ {
				t := float64(x)/70 + float64(k)
				centre, slope := float64(20+42*k)+14*math.Sin(t), 14./70*math.Cos(t)
				distance := math.Abs(float64(y)-centre) / math.Hypot(1, slope)
				if distance < 1.5 {
					picture.SetRGBA(x, y, color.RGBA{255, 255, 255, 255})
				}
				if distance < 4 {
					mask.SetGray(x, y, color.Gray{Y: 255})
				}
			}
		}
	}
	if err := write(out, func(w io.Writer) error { return jpeg.Encode(w, picture, &jpeg.Options{Quality: 90}) }); err != nil {
		return err
	}
	return write(outMask, func(w io.Writer) error { return png.Encode(w, mask) })
}

// write writes a file.
func write(path string, encode func(io.Writer) error) error {
	var file bytes.Buffer
	if err := encode(&file); err != nil {
		return err
	}
	return os.WriteFile(path, file.Bytes(), 0o666)
}
