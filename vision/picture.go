package vision

// This file reads one picture from a file, for a prediction.

import (
	"fmt"
	"image"
	"image/color"
	"io"

	"mgtool/internal/picture"
)

// ReadPicture reads a PNG, JPEG, GIF, TIFF, WebP or BMP file and returns it as bytes
// (height, width, channels) with 1 channel (grey, the luma of ITU-R BT.601) or 3 (red,
// green, blue). It resamples the largest centred piece with the proportions
// height : width, with the Catmull-Rom kernel, so nothing is distorted.
//
// The picture is what a viewer shows: turned upright by its EXIF orientation, the first of
// an animation or of several pages, transparent pixels black. Go's JPEG decoder upsamples
// colours by repeating pixels, libjpeg smoothly, so the bytes of a JPEG differ slightly
// from those of programs that use libjpeg.
//
// [Normalize] turns the bytes into inputs. A file that is missing, damaged or not such a
// picture, that has more than 250 million pixels or takes more than 1 GiB to decode is an
// error.
func ReadPicture(path string, height, width, channels int) ([]uint8, error) {
	return readPicture(height, width, channels, func() (image.Image, error) { return picture.Decode(path) })
}

// DecodePicture is [ReadPicture] for a stream such as standard input, of which it reads
// at most 256 MiB. name is what errors call the picture.
func DecodePicture(r io.Reader, name string, height, width, channels int) ([]uint8, error) {
	return readPicture(height, width, channels, func() (image.Image, error) { return picture.Read(r, name) })
}

// Resample makes the bytes of [ReadPicture] from a picture that is decoded.
func Resample(img image.Image, height, width, channels int) ([]uint8, error) {
	return readPicture(height, width, channels, func() (image.Image, error) { return img, nil })
}

func readPicture(height, width, channels int, decode func() (image.Image, error)) ([]uint8, error) {
	if height < 1 || width < 1 || height > picture.MaxPixels/width {
		return nil, fmt.Errorf("vision: a picture of %d x %d is wanted; both must be at least 1 and the product at most %d",
			height, width, picture.MaxPixels)
	}
	if channels != 1 && channels != 3 {
		return nil, fmt.Errorf("vision: a picture of %d channels is wanted; it must be 1 (grey) or 3 (red, green, blue)", channels)
	}
	source, err := decode()
	if err != nil {
		return nil, fmt.Errorf("vision: %w", err)
	}
	return resample(source, height, width, channels), nil
}

// resample makes the bytes of [ReadPicture] from a picture of any colour model.
func resample(source image.Image, height, width, channels int) []uint8 {
	pixels := make([]uint8, height*width*channels)
	picture.Resample(source, centre(source.Bounds(), height, width), width, height, func(x, y int, c color.RGBA64) {
		p := color.RGBA{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), 255} // before black
		if channels == 1 {
			pixels[y*width+x] = color.GrayModel.Convert(p).(color.Gray).Y
		} else {
			copy(pixels[3*(y*width+x):], []uint8{p.R, p.G, p.B})
		}
	})
	return pixels
}

// centre returns the largest centred part of r with the proportions of
// height : width.
func centre(r image.Rectangle, height, width int) image.Rectangle {
	w, h := r.Dx(), r.Dy()
	if w*height > h*width {
		w = max(1, (h*width+height/2)/height)
	} else {
		h = max(1, (w*height+width/2)/width)
	}
	corner := r.Min.Add(image.Pt((r.Dx()-w)/2, (r.Dy()-h)/2))
	return image.Rectangle{Min: corner, Max: corner.Add(image.Pt(w, h))}
}
