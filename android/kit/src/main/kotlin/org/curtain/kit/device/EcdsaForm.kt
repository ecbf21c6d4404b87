package org.curtain.kit.device

import java.math.BigInteger
import java.security.interfaces.ECPublicKey
import org.curtain.core.KeystoreException

/** ECDSA on P-256 as the core wants it: fixed `r || s` (RFC 7518 section 3.4) and points as SEC 1 says. */
internal object EcdsaForm {
    /** From the DER form (RFC 3279 section 2.2.3) that Android's keystore gives. */
    fun fixed(der: ByteArray): ByteArray {
        // Both numbers have at most 33 bytes: every length is one byte.
        if (der.size < 8 || der[0].toInt() != SEQUENCE || der[1].toInt() != der.size - 2) throw KeystoreException.NotNow()
        val r = number(der, 2)
        val s = number(der, 4 + der[3].toInt())
        if (6 + der[3].toInt() + der[5 + der[3].toInt()].toInt() != der.size) throw KeystoreException.NotNow()
        return wide(r) + wide(s)
    }

    /** 65 bytes, uncompressed. */
    fun point(key: ECPublicKey): ByteArray = byteArrayOf(UNCOMPRESSED) + wide(key.w.affineX) + wide(key.w.affineY)

    private fun number(der: ByteArray, at: Int): BigInteger {
        val size = der.getOrNull(at + 1)?.toInt() ?: throw KeystoreException.NotNow()
        if (der[at].toInt() != INTEGER || size !in 1..WIDTH + 1 || at + 2 + size > der.size) throw KeystoreException.NotNow()
        return BigInteger(1, der.copyOfRange(at + 2, at + 2 + size))
    }

    private fun wide(number: BigInteger): ByteArray {
        val bytes = number.toByteArray()
        val digits = if (bytes.size > WIDTH) bytes.copyOfRange(bytes.size - WIDTH, bytes.size) else bytes
        return ByteArray(WIDTH).also { digits.copyInto(it, WIDTH - digits.size) }
    }

    private const val SEQUENCE = 0x30
    private const val INTEGER = 2
    private const val WIDTH = 32
    private const val UNCOMPRESSED: Byte = 4
}
