// What glibc knows of the heap: Swift's Glibc module leaves it out.
#include <malloc.h>
