package vision_test

// Runnable examples of the entry points.

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
	"path/filepath"

	"mgtool/vision"
)

func ExampleLoad() {
	train, test, err := vision.Load("sample", "")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(train.Len(), "training images,", test.Len(), "test images of", train.Height, "x", train.Width)
	fmt.Println("the first is of class", train.Classes[train.Labels[0]])
	_, _, err = vision.Load("imagenet", "")
	fmt.Println(err)
	// Output:
	// 1600 training images, 400 test images of 28 x 28
	// the first is of class T-shirt/top
	// vision: unknown data set "imagenet"; known: mnist, fashion-mnist, cifar10, cifar100, cifar100-coarse, sample
}

func ExampleNewBatcher() {
	train, _, err := vision.Load("sample", "")
	if err != nil {
		log.Fatal(err)
	}
	const batch, seed = 128, 1
	b, err := vision.NewBatcher(train, batch, seed, vision.Augment{Pad: 4, Mirror: true})
	if err != nil {
		log.Fatal(err)
	}
	x := make([]float32, batch*train.Height*train.Width*train.Channels)
	labels := make([]int32, batch)
	for epoch := range 2 {
		images := 0
		for k := range b.Batches() {
			if err := b.Fill(x, labels, epoch, k); err != nil {
				log.Fatal(err)
			}
			images += len(labels) // train on x and labels here
		}
		fmt.Println("epoch", epoch, "saw", images, "of", train.Len(), "images")
	}
	// Output:
	// epoch 0 saw 1536 of 1600 images
	// epoch 1 saw 1536 of 1600 images
}

// An evaluation goes through the images in order; the last batch may be small.
func ExampleDataset_Normalize() {
	_, test, err := vision.Load("sample", "")
	if err != nil {
		log.Fatal(err)
	}
	const batch = 150
	x := make([]float32, batch*28*28)
	for first := 0; first < test.Len(); first += batch {
		count := min(batch, test.Len()-first)
		if err := test.Normalize(x[:count*28*28], first, count); err != nil {
			log.Fatal(err)
		}
		fmt.Println("images", first, "to", first+count-1)
	}
	// Output:
	// images 0 to 149
	// images 150 to 299
	// images 300 to 399
}

func ExampleDataset_Limit() {
	train, _, err := vision.Load("sample", "")
	if err != nil {
		log.Fatal(err)
	}
	few, err := train.Limit(100)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(few.Len())
	_, err = few.Limit(1000)
	fmt.Println(err)
	// Output:
	// 100
	// vision: limit of 1000 images, but sample has 100
}

// A picture of any size becomes the input of a network for 28 x 28 grey images.
func ExampleReadPicture() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "grey.png")
	f, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	picture := image.NewGray(image.Rect(0, 0, 300, 200))
	for i := range picture.Pix {
		picture.Pix[i] = 51
	}
	picture.SetGray(0, 0, color.Gray{Y: 255}) // outside of the central 200 x 200
	if err := png.Encode(f, picture); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}

	pixels, err := vision.ReadPicture(path, 28, 28, 1)
	if err != nil {
		log.Fatal(err)
	}
	x := make([]float32, len(pixels))
	if err := vision.Normalize(x, pixels, []float32{0.5}, []float32{0.25}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(pixels), pixels[0])
	fmt.Printf("%.1f\n", x[0]) // (51/255 − 0.5)/0.25
	// Output:
	// 784 51
	// -1.2
}

func ExampleOfficialFiles() {
	sources, err := vision.OfficialFiles("cifar10")
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range sources {
		fmt.Println(s.URL, s.Size, "bytes,", len(s.Files), "files")
	}
	// Output:
	// https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz 170052171 bytes, 6 files
}

func ExampleVerify() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "t10k-labels-idx1-ubyte")
	if err := os.WriteFile(path, []byte("half a file"), 0o666); err != nil {
		log.Fatal(err)
	}
	files, err := vision.Verify("mnist", dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f)
	}
	// Output:
	// train-images-idx3-ubyte: missing
	// train-labels-idx1-ubyte: missing
	// t10k-images-idx3-ubyte: missing
	// t10k-labels-idx1-ubyte: wrong size: got 11 bytes, want 10008
}
