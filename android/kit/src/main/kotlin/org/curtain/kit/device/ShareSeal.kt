package org.curtain.kit.device

import java.security.GeneralSecurityException
import java.security.Key
import java.security.KeyFactory
import java.security.PublicKey
import java.security.SecureRandom
import java.security.spec.MGF1ParameterSpec
import java.security.spec.X509EncodedKeySpec
import javax.crypto.BadPaddingException
import javax.crypto.Cipher
import javax.crypto.IllegalBlockSizeException
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.OAEPParameterSpec
import javax.crypto.spec.PSource
import javax.crypto.spec.SecretKeySpec
import org.curtain.core.KeystoreException

/**
 * The biometric seal: `RSA-OAEP(key) || AES-256-GCM(key, nonce 0, plaintext)`, a fresh key each time.
 *
 * OAEP with SHA-256 and MGF1 over SHA-1: the only mask function that every keystore from API 28 on takes.
 */
internal object ShareSeal {
    private const val OAEP = "RSA/ECB/OAEPPadding"
    private const val WRAPPED = 256
    private val parameters = OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT)

    fun seal(public: PublicKey, plaintext: ByteArray): ByteArray {
        // A copy outside the keystore: its own public keys carry the private half's restrictions.
        val free = KeyFactory.getInstance("RSA").generatePublic(X509EncodedKeySpec(public.encoded))
        val key = ByteArray(32).also(SecureRandom()::nextBytes)
        try {
            val wrapped = Cipher.getInstance(OAEP).run {
                init(Cipher.ENCRYPT_MODE, free, parameters)
                doFinal(key)
            }
            return wrapped + gcm(Cipher.ENCRYPT_MODE, key).doFinal(plaintext)
        } finally {
            key.fill(0)
        }
    }

    fun begin(hardware: Hardware, key: Key): Cipher = hardware.cipher(OAEP).apply { init(Cipher.DECRYPT_MODE, key, parameters) }

    fun open(released: Cipher, sealed: ByteArray): ByteArray {
        if (sealed.size <= WRAPPED) throw KeystoreException.Unsupported()
        val key = try {
            released.doFinal(sealed, 0, WRAPPED)
        } catch (error: BadPaddingException) {
            throw error.takeIf { it.cause == null }?.let { KeystoreException.Unsupported() } ?: error.inTheCoresWords()
        } catch (error: IllegalBlockSizeException) {
            throw error.inTheCoresWords()
        }
        try {
            return gcm(Cipher.DECRYPT_MODE, key).doFinal(sealed, WRAPPED, sealed.size - WRAPPED)
        } catch (_: GeneralSecurityException) {
            throw KeystoreException.Unsupported()
        } finally {
            key.fill(0)
        }
    }

    // The key is used once, so the nonce may stand still.
    private fun gcm(mode: Int, key: ByteArray) = Cipher.getInstance("AES/GCM/NoPadding").apply {
        init(mode, SecretKeySpec(key, "AES"), GCMParameterSpec(128, ByteArray(12)))
    }
}
