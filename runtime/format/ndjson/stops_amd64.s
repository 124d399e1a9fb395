#include "textflag.h"

// func stopsAVX2(p *byte, blocks int, place int, out *int32, room int) (n, done int)
TEXT ·stopsAVX2(SB), NOSPLIT, $0-56
	MOVQ p+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVL $0x22, DX // quotes
	VMOVD DX, X0
	VPBROADCASTB X0, Y0
	MOVL $0x5c, DX // backslashes
	VMOVD DX, X1
	VPBROADCASTB X1, Y1
	MOVL $0x20, DX // below it, with a sign: control characters, and not ASCII
	VMOVD DX, X2
	VPBROADCASTB X2, Y2
	MOVQ place+16(FP), R8
	MOVQ out+24(FP), DI
	MOVQ DI, R10
	MOVQ room+32(FP), R9
	LEAQ (DI)(R9*4), R9
	XORQ R11, R11 // blocks done

next:
	CMPQ R11, CX
	JGE  done
	CMPQ DI, R9
	JGT  done
	VMOVDQU (SI), Y3
	VMOVDQU 32(SI), Y4
	VPCMPEQB Y0, Y3, Y5
	VPCMPEQB Y1, Y3, Y6
	VPCMPGTB Y3, Y2, Y7
	VPOR Y5, Y6, Y5
	VPOR Y7, Y5, Y5
	VPMOVMSKB Y5, AX
	VPCMPEQB Y0, Y4, Y5
	VPCMPEQB Y1, Y4, Y6
	VPCMPGTB Y4, Y2, Y7
	VPOR Y5, Y6, Y5
	VPOR Y7, Y5, Y5
	VPMOVMSKB Y5, BX
	SHLQ $32, BX
	ORQ  BX, AX
	JZ   none
	POPCNTQ AX, DX
	MOVQ DI, R12
	LEAQ (DI)(DX*4), DI

	// Eight places at a time, whether there are as many or not: most blocks have fewer.
places:
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, (R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 4(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 8(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 12(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 16(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 20(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 24(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 28(R12)
	BLSRQ AX, AX
	ADDQ $32, R12
	CMPQ R12, DI
	JLT  places

none:
	ADDQ $64, SI
	ADDQ $64, R8
	INCQ R11
	JMP  next

done:
	VZEROUPPER
	SUBQ R10, DI
	SHRQ $2, DI
	MOVQ DI, n+40(FP)
	MOVQ R11, done+48(FP)
	RET
