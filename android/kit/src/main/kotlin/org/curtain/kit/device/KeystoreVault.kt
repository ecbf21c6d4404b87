package org.curtain.kit.device

import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import java.security.Key
import java.security.PrivateKey
import java.security.Signature
import java.security.interfaces.ECPublicKey
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec
import org.curtain.core.KeyPurpose
import org.curtain.core.Keystore
import org.curtain.core.KeystoreException
import org.curtain.core.KeystoreStrength

/**
 * The core's [Keystore] over Android's: keys that never leave the secure hardware, in StrongBox where there is one.
 *
 * Nothing is ever made again silently: a key that is missing or was invalidated is `PermanentlyGone`, and only the core
 * decides what follows. What is not understood is `NotNow`: doubt never erases.
 *
 * Biometrics and a synchronous trait. The keystore must not prompt (the core calls it under its writer lock), yet each use
 * of the biometric key needs a `CryptoObject` that a finger released. A symmetric key would fail twice: to begin an opening
 * one needs the nonce, which only the core has, and to seal one needs a prompt between `create` and `seal`, which are one
 * call of the core. The biometric key is therefore an RSA pair: sealing uses the public half and asks nobody; opening is one
 * `Cipher` that can be begun before anything is known. The order is: [beginBiometry] -> `BiometricPrompt` with that cipher
 * ([FingerPrompt]) -> [authorised] -> `Curtain.unlockWithBiometry` off the main thread, whose `open` finds the cipher and
 * uses it up. Without it `open` answers `NeedsAuth`. A sealed share forged with the public half opens no slot.
 */
class KeystoreVault(private val hardware: Hardware = AndroidHardware()) : Keystore {
    private val released = HashMap<String, Cipher>()

    override fun create(alias: String, purpose: KeyPurpose) = typed {
        forget(alias)
        val algorithm = KeySpecs.algorithm(purpose)
        // One alias, one key: the one that is there is replaced, as the trait says.
        hardware.delete(alias)
        try {
            hardware.generate(algorithm, KeySpecs.of(alias, purpose, strongBox = true))
        } catch (_: StrongBoxUnavailableException) {
            hardware.generate(algorithm, KeySpecs.of(alias, purpose, strongBox = false))
        }
    }

    override fun exists(alias: String): Boolean = typed { hardware.contains(alias) }

    override fun delete(alias: String) = typed {
        forget(alias)
        hardware.delete(alias)
        if (hardware.contains(alias)) throw KeystoreException.NotNow()
    }

    override fun prf(alias: String, input: ByteArray): ByteArray = typed {
        hardware.mac(KeyProperties.KEY_ALGORITHM_HMAC_SHA256).run {
            init(key(alias))
            doFinal(input)
        }
    }

    override fun seal(alias: String, plaintext: ByteArray): ByteArray = typed {
        if (plaintext.size > MAX_BLOB) throw KeystoreException.Unsupported()
        val key = key(alias)
        if (key is PrivateKey) return@typed ShareSeal.seal(hardware.publicKey(alias) ?: throw KeystoreException.PermanentlyGone(), plaintext)
        // The hardware draws the nonce: it refuses one that is given.
        hardware.cipher(GCM).run {
            init(Cipher.ENCRYPT_MODE, key)
            iv.also { if (it.size != NONCE) throw KeystoreException.NotNow() } + doFinal(plaintext)
        }
    }

    override fun open(alias: String, sealed: ByteArray): ByteArray = typed {
        val key = key(alias)
        if (key is PrivateKey) {
            val cipher = synchronized(released) { released.remove(alias) } ?: throw KeystoreException.NeedsAuth()
            return@typed ShareSeal.open(cipher, sealed)
        }
        if (sealed.size < NONCE + TAG) throw KeystoreException.Unsupported()
        hardware.cipher(GCM).run {
            init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG * 8, sealed, 0, NONCE))
            doFinal(sealed, NONCE, sealed.size - NONCE)
        }
    }

    override fun sign(alias: String, message: ByteArray): ByteArray = typed {
        val key = key(alias) as? PrivateKey ?: throw KeystoreException.Unsupported()
        val der = Signature.getInstance("SHA256withECDSA").run {
            initSign(key)
            update(message)
            sign()
        }
        EcdsaForm.fixed(der)
    }

    override fun publicKey(alias: String): ByteArray = typed {
        val public = hardware.publicKey(alias) ?: throw KeystoreException.PermanentlyGone()
        EcdsaForm.point(public as? ECPublicKey ?: throw KeystoreException.Unsupported())
    }

    /**
     * What this device gives, asked of a real key that is made for the question and destroyed: a phone whose keystore lives
     * in software says `Software`, whatever its maker prints on the box.
     */
    override fun strength(): KeystoreStrength = typed {
        create(PROBE, KeyPurpose.PRF)
        try {
            when (hardware.level(key(PROBE))) {
                SecurityLevel.STRONG_BOX, SecurityLevel.TRUSTED_ENVIRONMENT -> KeystoreStrength.HMAC_HARDWARE
                SecurityLevel.SOFTWARE -> KeystoreStrength.SOFTWARE
            }
        } finally {
            hardware.delete(PROBE)
        }
    }

    /**
     * The cipher for the prompt's `CryptoObject`, begun with the biometric key of this alias.
     *
     * @throws KeystoreException.PermanentlyGone when biometrics were enrolled anew, or the key is missing.
     */
    fun beginBiometry(alias: String): Cipher = typed { ShareSeal.begin(hardware, key(alias)) }

    /** A finger or a face released this cipher: the next `open` of the alias uses it, once. */
    fun authorised(alias: String, cipher: Cipher) = synchronized(released) { released[alias] = cipher }

    /** The screen went dark or the prompt was left: nothing released is kept. */
    fun forgetReleased() = synchronized(released) { released.clear() }

    private fun forget(alias: String) = synchronized(released) { released.remove(alias) }

    private fun key(alias: String): Key = hardware.key(alias) ?: throw KeystoreException.PermanentlyGone()

    private companion object {
        const val GCM = "AES/GCM/NoPadding"
        const val NONCE = 12
        const val TAG = 16
        const val MAX_BLOB = 64 * 1024
        const val PROBE = "strength-probe"
    }
}

/** What Android's keystore throws, in the core's words. Chains are searched: the provider wraps its causes. */
private inline fun <T> typed(call: () -> T): T = try {
    call()
} catch (error: KeystoreException) {
    throw error
} catch (@Suppress("TooGenericExceptionCaught") error: Exception) {
    throw error.inTheCoresWords()
}

internal fun Throwable.inTheCoresWords(): KeystoreException {
    // Bounded: a chain of causes may be a ring.
    val chain = generateSequence(this) { it.cause }.take(8).toList()
    return when {
        chain.any { it is KeyPermanentlyInvalidatedException } -> KeystoreException.PermanentlyGone()
        chain.any { it is UserNotAuthenticatedException } -> KeystoreException.NeedsAuth()
        // A tag that does not fit is the blob's fault, not the moment's.
        this is AEADBadTagException || cause is AEADBadTagException -> KeystoreException.Unsupported()
        else -> KeystoreException.NotNow()
    }
}
