package org.curtain.kit.device

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import java.security.Key
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.PublicKey
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.Mac
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory

/** Where a key lives, as the system reports it: never better than it says. */
enum class SecurityLevel {
    /** A separate secure chip. */
    STRONG_BOX,

    /** The processor's trusted environment. */
    TRUSTED_ENVIRONMENT,

    /** The operating system only, or not known. */
    SOFTWARE,
}

/** The phone's keystore as [KeystoreVault] uses it: a seam, because Robolectric has no `AndroidKeyStore`. Everything may throw. */
interface Hardware {
    /** Makes a key of this algorithm (`KeyProperties.KEY_ALGORITHM_*`) in the keystore, in place of one with its alias. */
    fun generate(algorithm: String, spec: KeyGenParameterSpec)

    /** The key of an alias, or null for a certain no. */
    fun key(alias: String): Key?

    /** The public half of a pair, or null for a certain no. */
    fun publicKey(alias: String): PublicKey?

    /** Whether the keystore lists the alias. */
    fun contains(alias: String): Boolean

    /** Destroys the key; none is no failure. */
    fun delete(alias: String)

    /** Where the key lives. */
    fun level(key: Key): SecurityLevel

    /** A cipher of this transformation, not yet initialised. */
    fun cipher(transformation: String): Cipher = Cipher.getInstance(transformation)

    /** A MAC of this algorithm, not yet initialised. */
    fun mac(algorithm: String): Mac = Mac.getInstance(algorithm)
}

/** The real one: the provider `AndroidKeyStore`. */
class AndroidHardware : Hardware {
    private fun store(): KeyStore = KeyStore.getInstance(PROVIDER).apply { load(null) }

    override fun generate(algorithm: String, spec: KeyGenParameterSpec) {
        if (algorithm == KeyProperties.KEY_ALGORITHM_EC || algorithm == KeyProperties.KEY_ALGORITHM_RSA) {
            KeyPairGenerator.getInstance(algorithm, PROVIDER).run {
                initialize(spec)
                generateKeyPair()
            }
        } else {
            KeyGenerator.getInstance(algorithm, PROVIDER).run {
                init(spec)
                generateKey()
            }
        }
    }

    override fun key(alias: String): Key? = store().getKey(alias, null)

    override fun publicKey(alias: String): PublicKey? = store().getCertificate(alias)?.publicKey

    override fun contains(alias: String): Boolean = store().containsAlias(alias)

    override fun delete(alias: String) = store().deleteEntry(alias)

    @Suppress("DEPRECATION") // isInsideSecureHardware is all that there is before Android 12.
    override fun level(key: Key): SecurityLevel {
        val info = when (key) {
            is SecretKey -> SecretKeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)
            is PrivateKey -> KeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)
            else -> return SecurityLevel.SOFTWARE
        } as KeyInfo
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S) {
            return if (info.isInsideSecureHardware) SecurityLevel.TRUSTED_ENVIRONMENT else SecurityLevel.SOFTWARE
        }
        return when (info.securityLevel) {
            KeyProperties.SECURITY_LEVEL_STRONGBOX -> SecurityLevel.STRONG_BOX
            KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT, KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE -> SecurityLevel.TRUSTED_ENVIRONMENT
            else -> SecurityLevel.SOFTWARE
        }
    }

    private companion object {
        const val PROVIDER = "AndroidKeyStore"
    }
}
