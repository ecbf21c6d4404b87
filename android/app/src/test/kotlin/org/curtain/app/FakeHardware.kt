package org.curtain.app

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.security.Key
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.PublicKey
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import org.curtain.kit.device.Hardware
import org.curtain.kit.device.SecurityLevel

/** The JDK's own keys in place of the phone's; it remembers each specification and fails as the test says. */
class FakeHardware(var level: SecurityLevel = SecurityLevel.STRONG_BOX) : Hardware {
    val specs = ArrayList<KeyGenParameterSpec>()
    val keys = HashMap<String, Any>()

    /** Runs before each call. */
    var before: () -> Unit = {}

    /** Runs before a key is made. */
    var making: (KeyGenParameterSpec) -> Unit = {}

    override fun generate(algorithm: String, spec: KeyGenParameterSpec) {
        before()
        specs += spec
        making(spec)
        keys[spec.keystoreAlias] = when (algorithm) {
            KeyProperties.KEY_ALGORITHM_EC -> KeyPairGenerator.getInstance("EC").apply { initialize(256) }.generateKeyPair()
            KeyProperties.KEY_ALGORITHM_RSA -> KeyPairGenerator.getInstance("RSA").apply { initialize(2048) }.generateKeyPair()
            KeyProperties.KEY_ALGORITHM_AES -> KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()
            else -> KeyGenerator.getInstance(algorithm).generateKey()
        }
    }

    override fun key(alias: String): Key? {
        before()
        return when (val key = keys[alias]) {
            is KeyPair -> key.private
            else -> key as Key?
        }
    }

    override fun publicKey(alias: String): PublicKey? = (keys[alias] as? KeyPair)?.public

    override fun contains(alias: String): Boolean {
        before()
        return alias in keys
    }

    override fun delete(alias: String) {
        before()
        keys.remove(alias)
    }

    override fun level(key: Key): SecurityLevel = level

    override fun cipher(transformation: String): Cipher = Cipher.getInstance(transformation)
}
