package pages

import (
	"syscall"
	"unsafe"
)

// Huge requests huge pages for memory that has not been touched yet. The rows of a
// large grid are then contiguous in physical memory, as caches expect of neighbours,
// and far fewer addresses have to be translated.
func Huge[T any](memory []T) {
	const page = 2 << 20
	if len(memory) == 0 {
		return
	}
	size := uintptr(len(memory)) * unsafe.Sizeof(memory[0])
	start := uintptr(unsafe.Pointer(&memory[0]))
	skip := -start % page
	if size < skip+page {
		return
	}
	const adviseHuge = 14 // MADV_HUGEPAGE
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&memory[0])), size)[skip:]
	_ = syscall.Madvise(bytes[:len(bytes)/page*page], adviseHuge) // a refusal is harmless
}
