package org.curtain.kit.device

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.security.spec.ECGenParameterSpec
import org.curtain.core.KeyPurpose

/** What each purpose asks of the phone's keystore. Source: `KeyGenParameterSpec` of API 28 and, for the biometric kind, 30. */
internal object KeySpecs {
    /** The algorithm of a purpose's key. */
    fun algorithm(purpose: KeyPurpose): String = when (purpose) {
        KeyPurpose.PRF -> KeyProperties.KEY_ALGORITHM_HMAC_SHA256
        KeyPurpose.SEAL -> KeyProperties.KEY_ALGORITHM_AES
        KeyPurpose.SIGN -> KeyProperties.KEY_ALGORITHM_EC
        KeyPurpose.SEAL_WITH_BIOMETRY -> KeyProperties.KEY_ALGORITHM_RSA
    }

    /**
     * The specification. The phone has to be unlocked for what a person does ([KeyPurpose.PRF], biometrics); not for
     * [KeyPurpose.SEAL] and [KeyPurpose.SIGN]: the lock that follows a dark screen seals the anchor and signs its
     * checkpoint when the phone may be locked already, and a draft must not be lost to that.
     */
    fun of(alias: String, purpose: KeyPurpose, strongBox: Boolean): KeyGenParameterSpec = when (purpose) {
        KeyPurpose.PRF -> KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
            .setKeySize(256)
            .setUnlockedDeviceRequired(true)
        KeyPurpose.SEAL -> KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
            .setKeySize(256)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
        KeyPurpose.SIGN -> KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
            .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            .setDigests(KeyProperties.DIGEST_SHA256)
        KeyPurpose.SEAL_WITH_BIOMETRY -> KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_DECRYPT)
            .setKeySize(2048)
            .setDigests(KeyProperties.DIGEST_SHA256, KeyProperties.DIGEST_SHA1)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_RSA_OAEP)
            .setUnlockedDeviceRequired(true)
            .setUserAuthenticationRequired(true)
            .setInvalidatedByBiometricEnrollment(true)
            .apply {
                // Before Android 11 "each use" is the default and means a strong biometric with a CryptoObject.
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                    setUserAuthenticationParameters(0, KeyProperties.AUTH_BIOMETRIC_STRONG)
                }
            }
    }.setIsStrongBoxBacked(strongBox).build()
}
