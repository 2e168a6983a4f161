// Package pages requests memory pages that suit large arrays.
package pages
