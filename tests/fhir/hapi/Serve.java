import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.Transaction;
import ca.uhn.fhir.rest.annotation.TransactionParam;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.api.ServerValidationModeEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.provider.HashMapResourceProvider;
import ca.uhn.fhir.util.ResourceReferenceInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.hl7.fhir.r4.model.AuditEvent;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Communication;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.Consent;
import org.hl7.fhir.r4.model.Device;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Media;
import org.hl7.fhir.r4.model.Organization;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Practitioner;
import org.hl7.fhir.r4.model.Provenance;
import org.hl7.fhir.r4.model.Resource;

/** A HAPI RestfulServer on a free port of this machine, with memory behind it: takes batches and transactions. */
final class Serve implements AutoCloseable {
    private static final List<Class<? extends Resource>> KINDS = List.of(
        Patient.class, Consent.class, Communication.class, CommunicationRequest.class, DocumentReference.class,
        AuditEvent.class, Provenance.class, Device.class, Organization.class, Practitioner.class, Media.class);

    private final FhirContext context;
    private final Server jetty = new Server();
    private final Map<String, HashMapResourceProvider<Resource>> stores = new HashMap<>();
    final IGenericClient client;

    Serve(FhirContext context) throws Exception {
        this.context = context;
        RestfulServer server = new RestfulServer(context);
        List<Object> providers = new ArrayList<>();
        for (Class<? extends Resource> kind : KINDS) {
            @SuppressWarnings("unchecked")
            HashMapResourceProvider<Resource> store = new HashMapResourceProvider<>(context, (Class<Resource>) kind);
            stores.put(context.getResourceType(kind), store);
            providers.add(store);
        }
        providers.add(this);
        server.registerProviders(providers);
        ServerConnector connector = new ServerConnector(jetty);
        connector.setHost("127.0.0.1");
        jetty.addConnector(connector);
        ServletContextHandler handler = new ServletContextHandler("/");
        handler.addServlet(new ServletHolder(server), "/fhir/*");
        jetty.setHandler(handler);
        jetty.start();
        context.getRestfulClientFactory().setServerValidationMode(ServerValidationModeEnum.NEVER);
        context.getRestfulClientFactory().setSocketTimeout(60_000);
        client = context.newRestfulGenericClient("http://127.0.0.1:" + connector.getLocalPort() + "/fhir");
    }

    /** R4, "Batch/Transaction": each entry's request is done, and in a transaction links between entries follow it. */
    @Transaction
    public Bundle take(@TransactionParam Bundle bundle, RequestDetails details) {
        boolean transaction = bundle.getType() == Bundle.BundleType.TRANSACTION;
        if (!transaction && bundle.getType() != Bundle.BundleType.BATCH) {
            throw new InvalidRequestException("neither batch nor transaction");
        }
        Map<String, String> places = new HashMap<>();
        for (Bundle.BundleEntryComponent entry : bundle.getEntry()) {
            if (entry.getRequest().getMethod() == Bundle.HTTPVerb.PUT) {
                places.put(entry.getFullUrl(), entry.getRequest().getUrl());
            }
        }
        Bundle answer = new Bundle();
        answer.setType(transaction ? Bundle.BundleType.TRANSACTIONRESPONSE : Bundle.BundleType.BATCHRESPONSE);
        for (Bundle.BundleEntryComponent entry : bundle.getEntry()) {
            Resource resource = entry.getResource();
            HashMapResourceProvider<Resource> store = stores.get(resource.fhirType());
            for (ResourceReferenceInfo link : context.newTerser().getAllResourceReferences(resource)) {
                String place = places.get(link.getResourceReference().getReferenceElement().getValue());
                if (transaction && place != null) {
                    link.getResourceReference().setReference(place);
                }
            }
            MethodOutcome done;
            if (entry.getRequest().getMethod() == Bundle.HTTPVerb.PUT) {
                resource.setId(entry.getRequest().getUrl());
                done = store.update(resource, null, details);
            } else {
                done = store.create(resource, details);
            }
            String location = done.getId().toUnqualified().getValue();
            answer.addEntry().getResponse().setStatus("201 Created").setLocation(location);
        }
        return answer;
    }

    @Override
    public void close() throws Exception {
        jetty.stop();
    }
}
