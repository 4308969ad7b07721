/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls that firmware may make, by number. */
	.section .rodata
	.balign 8
	.globl firmware_calls
firmware_calls:
	.quad	vm_insert_page		/* 0 */
	.quad	remap_pfn_range		/* 1 */

	.section .note.GNU-stack,"",%progbits
